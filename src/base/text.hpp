// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace cpefleet {

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);  // ASCII
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

// Whole text or nothing; no sign unless the type has one, no white space, no overflow.
[[nodiscard]] std::optional<std::int64_t> parse_int(std::string_view text);
[[nodiscard]] std::optional<std::uint64_t> parse_uint(std::string_view text);
[[nodiscard]] std::optional<double> parse_double(std::string_view text);

// The nearest of the known words when it is near enough to be what was meant, else empty.
[[nodiscard]] std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);
// ` (did you mean "x"?)`, or ` (known: a, b, c)` when nothing is near and the list is short, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

// Text from a peer made fit for a message: one line, printable, short.
[[nodiscard]] std::string printable(std::string_view text);

// Characters (code points) in UTF-8 text; ill-formed bytes count one each.
[[nodiscard]] std::size_t count_characters(std::string_view utf8);

// ISO 8601 as xsd:dateTime: `2026-11-23T01:02:03Z`, with six decimals when `micros`.
[[nodiscard]] std::string format_utc(WallTime t, bool micros = false);
// Accepts fractions and `Z`, `+hh:mm`, or no zone (taken as UTC). Empty when it is not a dateTime.
[[nodiscard]] std::optional<WallTime> parse_date_time(std::string_view text);

}  // namespace cpefleet
