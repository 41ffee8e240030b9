// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "yaml/node.hpp"

namespace cpefleet::yaml {

// Reads one map key by key and reports every mistake in it, none of them twice:
//
//   MapReader reader(node, "a phase", diagnostics);
//   phase.name = reader.required_string("name");
//   phase.length = reader.optional_duration("for");
//   reader.finish();                    // every key nobody asked for is unknown; names the nearest known one
//
// What could not be read comes back empty (or as the type's zero), with the reason in the diagnostics: go on reading.
// A node that is no map is reported once, by the constructor. The node and the diagnostics outlive the reader.
class MapReader {
 public:
  // `keys`: all keys there are, for who keeps them in a table; asking for another one is a programmer's error then.
  // Without it the keys asked for are the known ones.
  MapReader(const Node& node, std::string_view what, Diagnostics& diagnostics,
            std::span<const std::string_view> keys = {});

  [[nodiscard]] bool is_map() const { return node_.is_map(); }
  [[nodiscard]] Location where() const { return node_.where(); }
  [[nodiscard]] Diagnostics& diagnostics() const { return diagnostics_; }

  // Any value but null; a null value (`name:` and nothing behind) is reported.
  const Node* optional(std::string_view key);
  const Node* required(std::string_view key);
  // Whether the key is written at all; does not count as asking for it.
  [[nodiscard]] bool has(std::string_view key) const { return node_.find(key) != nullptr; }
  // A key that exists but whose value is read elsewhere or not at all.
  void accept(std::string_view key) { known_.emplace_back(key); }
  // A mistake at the value of `key` (or at the map when it is not there): "`key`: message".
  void wrong(std::string_view key, std::string_view message);

  std::optional<std::string> optional_string(std::string_view key);
  std::string required_string(std::string_view key);  // an empty one is a mistake
  std::optional<bool> optional_bool(std::string_view key);
  std::optional<std::uint64_t> optional_uint(std::string_view key, std::uint64_t min = 0,
                                             std::uint64_t max = UINT64_MAX);
  std::optional<Duration> optional_duration(std::string_view key) { return optional_as(key, parse_duration); }
  std::optional<Rate> optional_rate(std::string_view key) { return optional_as(key, parse_rate); }
  std::optional<std::uint64_t> optional_bytes(std::string_view key) { return optional_as(key, parse_bytes); }
  std::optional<std::uint64_t> optional_count(std::string_view key) { return optional_as(key, parse_count); }
  std::optional<double> optional_share(std::string_view key) { return optional_as(key, parse_share); }
  // The index of the word among the known ones.
  std::optional<std::size_t> optional_choice(std::string_view key, std::span<const std::string_view> known);
  // A text or a list of texts: the nodes, all scalars.
  std::vector<const Node*> optional_texts(std::string_view key);

  // Through a parser of text as in base/units.hpp.
  template <class T>
  std::optional<T> optional_as(std::string_view key, Result<T> (*parse)(std::string_view)) {
    const std::optional<std::string> text = optional_string(key);
    if (!text) return std::nullopt;
    Result<T> value = parse(*text);
    if (value) return *value;
    wrong(key, value.error().message());
    return std::nullopt;
  }

  // Reports the unknown keys. Once, at the end.
  void finish();

 private:
  const Node& node_;
  std::string what_;
  Diagnostics& diagnostics_;
  std::span<const std::string_view> keys_;
  std::vector<std::string> known_;
};

// The text of a scalar; empty with a diagnostic ("`what` must be a text, not a list") otherwise.
[[nodiscard]] const std::string* scalar_text(const Node& node, std::string_view what, Diagnostics& diagnostics);

}  // namespace cpefleet::yaml
