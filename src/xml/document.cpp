// SPDX-License-Identifier: Apache-2.0
#include "xml/document.hpp"

#include <cstring>
#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/text.hpp"
#include "xml/scan.hpp"
#include "xml/utf8.hpp"

namespace cpefleet::xml {
namespace {

// White space is kept where it is all an element holds: it may be a parameter's value.
constexpr unsigned kOptions = pugi::parse_default | pugi::parse_ws_pcdata_single;

std::string_view behind_colon(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view before_colon(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}

pugi::xml_node next_element(pugi::xml_node node) {
  while (node && node.type() != pugi::node_element) node = node.next_sibling();
  return node;
}

bool is_text(pugi::xml_node node) { return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata; }

// The declaration in force for a prefix ("" for the default namespace).
std::string_view find_namespace(pugi::xml_node node, std::string_view prefix, bool& declared) {
  declared = true;
  if (prefix == "xml") return "http://www.w3.org/XML/1998/namespace";
  for (; node.type() == pugi::node_element; node = node.parent()) {
    for (pugi::xml_attribute attribute = node.first_attribute(); attribute; attribute = attribute.next_attribute()) {
      const char* name = attribute.name();
      if (std::strncmp(name, "xmlns", 5) != 0) continue;
      name += 5;
      if (prefix.empty() ? *name == '\0' : *name == ':' && prefix == name + 1) return attribute.value();
    }
  }
  declared = prefix.empty();
  return {};
}

// Text beside text, where a comment or a CDATA section stood between, becomes one node. Linear in the text.
void join_text(pugi::xml_node first) {
  std::string joined = first.value();
  while (is_text(first.next_sibling())) {
    joined += first.next_sibling().value();
    first.parent().remove_child(first.next_sibling());
  }
  first.set_value(joined.c_str());
}

void join_all_text(pugi::xml_node root) {
  for (pugi::xml_node node = root; node;) {
    if (is_text(node) && is_text(node.next_sibling())) join_text(node);
    if (node.first_child()) {
      node = node.first_child();
      continue;
    }
    while (node != root && !node.next_sibling()) node = node.parent();
    if (node == root) return;
    node = node.next_sibling();
  }
}

}  // namespace

// --- Element ------------------------------------------------------------------------------------------------

std::string_view Element::name() const { return pugi::xml_node(node_).name(); }
std::string_view Element::local_name() const { return behind_colon(name()); }
std::string_view Element::prefix() const { return before_colon(name()); }
std::string_view Element::text() const { return pugi::xml_node(node_).child_value(); }

std::string_view Element::namespace_uri(bool* declared) const {
  bool known = false;
  const std::string_view uri = find_namespace(pugi::xml_node(node_), prefix(), known);
  if (declared != nullptr) *declared = known;
  return uri;
}

Element Element::first_child() const {
  return Element(next_element(pugi::xml_node(node_).first_child()).internal_object());
}

Element Element::next_sibling() const {
  return Element(next_element(pugi::xml_node(node_).next_sibling()).internal_object());
}

Element Element::child(std::string_view local_name) const {
  Element found = first_child();
  while (found && found.local_name() != local_name) found = found.next_sibling();
  return found;
}

std::string_view Element::attribute(std::string_view local_name, bool* found) const {
  pugi::xml_attribute attribute = pugi::xml_node(node_).first_attribute();
  for (; attribute; attribute = attribute.next_attribute()) {
    const std::string_view name = attribute.name();
    if (name.substr(0, 6) == "xmlns:" || behind_colon(name) != local_name) continue;
    if (found != nullptr) *found = true;
    return attribute.value();
  }
  if (found != nullptr) *found = false;
  return {};
}

std::string_view Element::lookup_namespace(std::string_view prefix) const {
  bool declared = false;
  return find_namespace(pugi::xml_node(node_), prefix, declared);
}

// --- Document -----------------------------------------------------------------------------------------------

struct Document::Impl {
  std::string text;  // the tree points into it
  pugi::xml_document tree;
  Scan scan;
  bool ill_formed_utf8 = false;
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string text, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return failure(fmt::format("{} bytes, more than the {} allowed", text.size(), limits.bytes));
  }
  auto impl = std::make_unique<Impl>();
  impl->text = std::move(text);
  const bool converted = convert_utf16(impl->text);
  const auto scanned = scan(impl->text, limits);
  if (!scanned) return failure(scanned.error().message());
  impl->scan = *scanned;
  impl->ill_formed_utf8 = !is_utf8(std::string_view(impl->text).substr(0, scanned->end));

  // Behind the root element may stand anything: the parser does not see it.
  const pugi::xml_parse_result result = impl->tree.load_buffer_inplace(
      impl->text.data(), scanned->end, kOptions, converted ? pugi::encoding_utf8 : pugi::encoding_auto);
  if (!result) return failure(fmt::format("{} at byte {}", result.description(), result.offset));
  if (!impl->tree.document_element()) return failure("no root element");
  if (result.encoding == pugi::encoding_latin1) impl->ill_formed_utf8 = false;  // the parser has converted it
  if (scanned->split_text) join_all_text(impl->tree.document_element());
  return Document(std::move(impl));
}

Element Document::root() const { return Element(impl_->tree.document_element().internal_object()); }
std::string_view Document::trailing() const { return trim(std::string_view(impl_->text).substr(impl_->scan.end)); }
bool Document::ill_formed_utf8() const { return impl_->ill_formed_utf8; }
bool Document::has_doctype() const { return impl_->scan.doctype; }

}  // namespace cpefleet::xml
