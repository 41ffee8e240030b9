// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace pugi {
struct xml_node_struct;
}

// Bounded, namespace-aware reading of XML. The only module that includes pugixml.
namespace cpefleet::xml {

struct Limits {
  std::size_t bytes = 32u << 20;
  std::size_t depth = 128;
  std::size_t nodes = 2'000'000;  // elements, attributes, CDATA sections: each costs some 70 bytes of tree
};

// A handle into a Document; valid while the Document lives. A null Element answers everything with nothing.
class Element {
 public:
  Element() = default;
  explicit Element(pugi::xml_node_struct* node) : node_(node) {}
  [[nodiscard]] explicit operator bool() const { return node_ != nullptr; }

  [[nodiscard]] std::string_view name() const;        // as written, with prefix
  [[nodiscard]] std::string_view local_name() const;  // behind the last colon
  [[nodiscard]] std::string_view prefix() const;      // "" when there is none
  // Of the element's prefix (or the default namespace); "" when none is in force. `declared` tells an undeclared prefix
  // from no namespace.
  [[nodiscard]] std::string_view namespace_uri(bool* declared = nullptr) const;
  [[nodiscard]] std::string_view text() const;  // the element's character data, entities resolved
  [[nodiscard]] Element first_child() const;    // elements only
  [[nodiscard]] Element next_sibling() const;
  // First child with this local name, whatever its namespace.
  [[nodiscard]] Element child(std::string_view local_name) const;
  // Value of the first attribute with this local name, whatever its prefix; `found` may be null.
  [[nodiscard]] std::string_view attribute(std::string_view local_name, bool* found = nullptr) const;
  // Namespace bound to a prefix here, as for xsi:type="xsd:string". "" when unbound.
  [[nodiscard]] std::string_view lookup_namespace(std::string_view prefix) const;

 private:
  pugi::xml_node_struct* node_ = nullptr;
};

class Document {
 public:
  // Parses in place. Fails on ill-formed XML, on more than the limits, and on a document type declaration that
  // declares anything (entity bombs): nothing is ever expanded or fetched. The error tells where. Reads UTF-8 whatever
  // is declared, except UTF-16, which shows, and declared ISO-8859-1.
  [[nodiscard]] static Result<Document> parse(std::string text, const Limits& limits = {});
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  [[nodiscard]] Element root() const;

  // What is wrong with the document although it could be read.
  [[nodiscard]] std::string_view trailing() const;  // behind the root element, without white space around it
  [[nodiscard]] bool ill_formed_utf8() const;       // texts may hold any bytes then
  [[nodiscard]] bool has_doctype() const;

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpefleet::xml
