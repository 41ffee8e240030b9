// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "state/store.hpp"

// What the killed writer saves, and how the test recognises it.
namespace cpefleet::test {

constexpr std::uint32_t kThreads = 4;
constexpr std::uint32_t kDevices = 8;  // of each thread; its group is the thread's number

inline state::FleetMark killed_fleet() { return {7, {{"desks", kDevices, "gxp2170", "1 100%"}}}; }

// A row tells its number and can be checked to the last byte; lengths from a few bytes to several pages.
inline std::string row_bytes(std::uint64_t number) {
  std::string bytes = std::to_string(number) + ':';
  bytes.append(number * 7919 % 9000, static_cast<char>('a' + number % 26));
  return bytes;
}

inline std::optional<std::uint64_t> row_number(std::string_view bytes) {
  std::uint64_t number = 0;
  std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
  if (bytes != row_bytes(number)) return std::nullopt;
  return number;
}

// What the writer's pipe carries, each written at once.
struct Acknowledged {
  state::Position position;
  std::uint64_t number = 0;
};

}  // namespace cpefleet::test
