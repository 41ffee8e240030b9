// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"

namespace cpefleet::yaml {

// The value of an environment variable; empty when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct ParseOptions {
  std::size_t max_bytes = 16u << 20;
  std::size_t max_nodes = 2'000'000;
  std::size_t max_depth = 64;
  // When given, `${NAME}` and `${NAME:-default}` are replaced in every scalar that is a value; `$${` is a literal `${`.
  Environment environment;
};

// One place of a parsed document, with everything below it. Immutable. Scalars are kept as they are written: nothing is
// taken for a number, `000B82`, `1.0` and `0x10` stay these texts.
class Node {
 public:
  enum class Kind : std::uint8_t { null, scalar, sequence, map };
  struct Entry {
    const Node& key;  // always a scalar
    const Node& value;
  };

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind_ == Kind::scalar; }
  [[nodiscard]] bool is_sequence() const { return kind_ == Kind::sequence; }
  [[nodiscard]] bool is_map() const { return kind_ == Kind::map; }
  // "a text", "a list", "a map", "nothing": for messages.
  [[nodiscard]] std::string_view kind_name() const;

  // Of a scalar, "" otherwise.
  [[nodiscard]] const std::string& text() const { return text_; }
  // Written in quotes or as a block: never means anything but itself.
  [[nodiscard]] bool quoted() const { return quoted_; }
  [[nodiscard]] Location where() const { return {file_ ? *file_ : std::string{}, line_, column_}; }

  // Items of a sequence or entries of a map.
  [[nodiscard]] std::size_t size() const { return is_map() ? children_.size() / 2 : children_.size(); }
  [[nodiscard]] std::span<const Node> items() const;  // of a sequence, nothing otherwise
  // Entry `i` of a map, in the order of the file; `i` below size().
  [[nodiscard]] Entry entry(std::size_t i) const { return {children_[2 * i], children_[2 * i + 1]}; }
  // All entries of a map, nothing otherwise. They live as long as this node stays where it is.
  [[nodiscard]] std::vector<Entry> entries() const;
  // The value of a key of a map; null when there is none or this is no map.
  [[nodiscard]] const Node* find(std::string_view key) const;

 private:
  friend class NodeBuilder;
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  int line_ = 0;
  int column_ = 0;
  std::string text_;
  std::vector<Node> children_;  // a map: key, value, key, value, ...
  std::shared_ptr<const std::string> file_;
};

// Reads one document. An empty text gives a null node. Refused, with a diagnostic: duplicate keys, keys that are not
// scalars, merge keys, anchors and aliases, tags, several documents, control characters, and whatever is over a limit.
// Empty when the text cannot be read at all; duplicate keys and unset variables still give a tree (the first one of
// duplicates counts), so that the rest can be checked too: whoever needs it right looks at the diagnostics.
[[nodiscard]] std::optional<Node> parse(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                                        const ParseOptions& options = {});

}  // namespace cpefleet::yaml
