// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/rng.hpp"

namespace cpefleet::fleet {

// The same number for the same name everywhere and always (FNV-1a, then mixed): what a group's draws hang on instead of
// its place in the file, so that adding a group changes nobody else.
[[nodiscard]] constexpr std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix64(hash);
}

}  // namespace cpefleet::fleet
