// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <string>

#include "property.hpp"
#include "xml/document.hpp"
#include "xml/writer.hpp"

namespace {

using cpefleet::fuzz::holds;
using cpefleet::xml::Document;
using cpefleet::xml::Element;

// Small limits, so that a fuzzer reaches them.
constexpr cpefleet::xml::Limits kLimits{.bytes = 1u << 16, .depth = 16, .nodes = 1000};

void visit(Element element, std::size_t depth, std::size_t& nodes) {
  holds(depth <= kLimits.depth + 1, "deeper than the limit");  // an empty element opens no level
  holds(++nodes <= kLimits.nodes, "more nodes than the limit");
  holds(element.name().ends_with(element.local_name()), "the local name ends the name");
  holds(element.name().starts_with(element.prefix()), "the prefix begins the name");
  bool declared = false;
  bool found = false;
  static_cast<void>(element.namespace_uri(&declared));
  static_cast<void>(element.lookup_namespace("xsd"));
  const std::string_view attribute = element.attribute("type", &found);
  holds(found || attribute.empty(), "an absent attribute has no value");
  static_cast<void>(element.text());
  for (Element child = element.first_child(); child; child = child.next_sibling()) visit(child, depth + 1, nodes);
}

// Whatever the text, it is written so that it reads back.
void check_escaping(std::string_view text) {
  std::string xml = "<a b=\"";
  cpefleet::xml::append_escaped(xml, text);
  xml += "\">";
  cpefleet::xml::append_escaped(xml, text);
  xml += "</a>";
  const auto document = Document::parse(xml);
  holds(document.has_value(), "escaped text does not parse");
  holds(!document->ill_formed_utf8(), "escaped text is not UTF-8");
  std::string again;
  std::string expected;
  cpefleet::xml::append_escaped(again, document->root().text());
  cpefleet::xml::append_escaped(expected, text);
  holds(again == expected, "escaped text reads back as another");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cpefleet::fuzz::input(data, size);
  check_escaping(text);
  const auto document = Document::parse(std::string(text), kLimits);
  if (!document) {
    holds(!document.error().message().empty(), "an error without words");
    return 0;
  }
  std::size_t nodes = 0;
  holds(static_cast<bool>(document->root()), "a document without root");
  visit(document->root(), 1, nodes);
  static_cast<void>(document->trailing());
  return 0;
}
