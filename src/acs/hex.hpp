// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cpefleet::acs {

// Always 16 digits: session cookies, nonces and request IDs.
[[nodiscard]] inline std::string to_hex(std::uint64_t value) {
  std::string out(16, '0');
  for (auto digit = out.rbegin(); value != 0; ++digit, value >>= 4U) *digit = "0123456789abcdef"[value & 15U];
  return out;
}

[[nodiscard]] inline std::optional<std::uint64_t> from_hex(std::string_view text) {
  std::uint64_t value = 0;
  if (text.size() != 16) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace cpefleet::acs
