// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

// How quantities are written in files and flags: durations `30s 5m 1h30m 40ms`, rates `50/s 300/m 2/h`, sizes `10MB`
// (decimal) `4KiB` (binary), counts `100k 1M`, shares `70% 0.7`. Errors say what was expected.
namespace cpefleet {

// Events per second.
struct Rate {
  double per_second = 0;
  friend bool operator==(const Rate&, const Rate&) = default;
};

[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
[[nodiscard]] Result<Rate> parse_rate(std::string_view text);
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);
// As a fraction: `70%` is 0.7.
[[nodiscard]] Result<double> parse_share(std::string_view text);

// For people: 80ms, 1.25s, 5m, 1h30m.
[[nodiscard]] std::string format_duration(Duration d);
[[nodiscard]] std::string format_rate(Rate r);
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);
// With thousands separated: 12,345.
[[nodiscard]] std::string format_count(std::uint64_t n);

}  // namespace cpefleet
