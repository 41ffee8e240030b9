// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <string_view>

// Every key a scenario may contain, section by section: what the readers know, what unknown words are compared with, and
// what the JSON Schema (scenarios/schema) is held equal to.
namespace cpefleet::scenario {

struct KnownKeys {
  std::string_view section;  // its name in the schema's $defs
  std::span<const std::string_view> keys;
};
[[nodiscard]] std::span<const KnownKeys> known_keys();
// Of one section; nothing for an unknown name.
[[nodiscard]] std::span<const std::string_view> keys_of(std::string_view section);

// Words that stand for one of several things.
constexpr std::array<std::string_view, 2> kStartWords = {"factory", "known"};
constexpr std::array<std::string_view, 3> kDoWords = {"boot", "periodic", "offline"};
constexpr std::array<std::string_view, 3> kShapeWords = {"flat", "bell", "front"};
// Their order is that of TlsVersion behind `system`.
constexpr std::array<std::string_view, 4> kTlsVersionWords = {"1.0", "1.1", "1.2", "1.3"};
constexpr std::array<std::string_view, 2> kCwmpWords = {"auto", "1.1"};
constexpr std::array<std::string_view, 6> kCompareWords = {"lt", "le", "eq", "ne", "ge", "gt"};
// What `pace.think` can be told for: the RPCs an ACS may call.
[[nodiscard]] std::span<const std::string_view> rpc_names();
// What a threshold may name as the `cause` of failed sessions; a test holds it equal to the journal's.
[[nodiscard]] std::span<const std::string_view> cause_words();

}  // namespace cpefleet::scenario
