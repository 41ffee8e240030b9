// SPDX-License-Identifier: Apache-2.0
#include "yaml/map_reader.hpp"

#include <algorithm>
#include <cassert>

#include "base/text.hpp"

namespace cpefleet::yaml {
namespace {

[[nodiscard]] std::string must_be(std::string_view what, std::string_view wanted, const Node& node) {
  if (node.is_null()) return std::string(what) + " has no value";
  return std::string(what) + " must be " + std::string(wanted) + ", not " + std::string(node.kind_name());
}

[[nodiscard]] std::string quoted(std::string_view key) { return "`" + std::string(key) + "`"; }

}  // namespace

const std::string* scalar_text(const Node& node, std::string_view what, Diagnostics& diagnostics) {
  if (node.is_scalar()) return &node.text();
  diagnostics.add(node.where(), must_be(what, "a text", node));
  return nullptr;
}

MapReader::MapReader(const Node& node, std::string_view what, Diagnostics& diagnostics,
                     std::span<const std::string_view> keys)
    : node_(node), what_(what), diagnostics_(diagnostics), keys_(keys) {
  if (!node.is_map()) diagnostics.add(node.where(), must_be(what, "a map", node));
}

const Node* MapReader::optional(std::string_view key) {
  assert(keys_.empty() || std::find(keys_.begin(), keys_.end(), key) != keys_.end());
  known_.emplace_back(key);
  const Node* value = node_.find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_null()) return value;
  // One report however often the key is asked for.
  if (std::count(known_.begin(), known_.end(), key) == 1)
    diagnostics_.add(value->where(), quoted(key) + " has no value");
  return nullptr;
}

const Node* MapReader::required(std::string_view key) {
  const Node* value = optional(key);
  if (value == nullptr && node_.is_map() && !has(key)) {
    diagnostics_.add(node_.where(), what_ + " needs " + quoted(key));
  }
  return value;
}

void MapReader::wrong(std::string_view key, std::string_view message) {
  const Node* value = node_.find(key);
  diagnostics_.add(value == nullptr ? node_.where() : value->where(), quoted(key) + ": " + std::string(message));
}

std::optional<std::string> MapReader::optional_string(std::string_view key) {
  const Node* value = optional(key);
  if (value == nullptr) return std::nullopt;
  const std::string* text = scalar_text(*value, quoted(key), diagnostics_);
  return text == nullptr ? std::nullopt : std::optional<std::string>(*text);
}

std::string MapReader::required_string(std::string_view key) {
  const Node* value = required(key);
  if (value == nullptr) return {};
  const std::string* text = scalar_text(*value, quoted(key), diagnostics_);
  if (text == nullptr) return {};
  if (text->empty()) wrong(key, "must not be empty");
  return *text;
}

std::optional<bool> MapReader::optional_bool(std::string_view key) {
  const std::optional<std::string> text = optional_string(key);
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  wrong(key, "must be true or false, not `" + *text + "`");
  return std::nullopt;
}

std::optional<std::uint64_t> MapReader::optional_uint(std::string_view key, std::uint64_t min, std::uint64_t max) {
  const std::optional<std::string> text = optional_string(key);
  if (!text) return std::nullopt;
  const std::optional<std::uint64_t> value = parse_uint(*text);
  if (value && *value >= min && *value <= max) return value;
  std::string range = " of at least " + std::to_string(min);
  if (max != UINT64_MAX) range = " from " + std::to_string(min) + " to " + std::to_string(max);
  wrong(key, "must be a whole number" + range + ", not `" + *text + "`");
  return std::nullopt;
}

std::optional<std::size_t> MapReader::optional_choice(std::string_view key, std::span<const std::string_view> known) {
  const std::optional<std::string> text = optional_string(key);
  if (!text) return std::nullopt;
  const auto found = std::find(known.begin(), known.end(), *text);
  if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  wrong(key, "unknown word `" + *text + "`" + did_you_mean(*text, known));
  return std::nullopt;
}

std::vector<const Node*> MapReader::optional_texts(std::string_view key) {
  std::vector<const Node*> all;
  const Node* value = optional(key);
  if (value == nullptr) return all;
  if (value->is_scalar()) return {value};
  if (!value->is_sequence()) {
    diagnostics_.add(value->where(), must_be(quoted(key), "a text or a list of texts", *value));
    return all;
  }
  for (const Node& item : value->items()) {
    if (scalar_text(item, "an item of " + quoted(key), diagnostics_) != nullptr) all.push_back(&item);
  }
  return all;
}

void MapReader::finish() {
  // Keys that are only accepted are recognised, but no suggestion.
  const std::vector<std::string_view> asked(known_.begin(), known_.end());
  const std::span<const std::string_view> known = keys_.empty() ? std::span<const std::string_view>(asked) : keys_;
  const auto in = [](std::span<const std::string_view> list, std::string_view key) {
    return std::find(list.begin(), list.end(), key) != list.end();
  };
  for (std::size_t i = 0; node_.is_map() && i < node_.size(); ++i) {
    const Node& key = node_.entry(i).key;
    if (in(known, key.text()) || in(asked, key.text())) continue;
    diagnostics_.add(key.where(), what_ + " has no key " + quoted(key.text()) + did_you_mean(key.text(), known));
  }
}

}  // namespace cpefleet::yaml
