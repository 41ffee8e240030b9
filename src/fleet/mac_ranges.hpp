// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace cpefleet::fleet {

// Gives every group a stretch of 24-bit numbers for its default MAC addresses (000B82 + number) that no other group has.
// A stretch starts where the group's name hashes to, so that adding a group, or devices to one, leaves the others' MACs
// as they are; only where two stretches would meet does the later group give way. The lowest 2^20 numbers are left to
// addresses that people write themselves (`000B82{i:06x}`).
class MacRanges {
 public:
  // The first number; empty when no stretch of that length is free.
  [[nodiscard]] std::optional<std::uint32_t> reserve(std::string_view group, std::uint32_t count);

 private:
  [[nodiscard]] std::optional<std::uint32_t> first_free(std::uint32_t from, std::uint32_t to,
                                                        std::uint32_t count) const;
  std::map<std::uint32_t, std::uint32_t> taken_;  // first number → one past the last
};

}  // namespace cpefleet::fleet
