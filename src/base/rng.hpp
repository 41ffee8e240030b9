// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace cpefleet {
namespace detail {
__extension__ using Wide = unsigned __int128;
}

// Every random draw is a pure function of what it is for: (seed, stream, index, counter). The same file and seed give
// the same draws for any number of threads, and one device's draws never depend on another's.
enum class Stream : std::uint32_t {
  retry_wait = 1,
  firmware_choice,
  arrival_permutation,
  arrival_jitter,
  periodic_phase,
  think_time,
  client_nonce,
  device_value,
  rpc_id,
  voice,
  generator,
  stun_transaction,
  transfer,
  diagnostics,
};

[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t x) {  // SplitMix64's finaliser
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

[[nodiscard]] constexpr std::uint64_t draw(std::uint64_t seed, Stream stream, std::uint64_t index,
                                           std::uint64_t counter = 0) {
  return mix64(mix64(mix64(mix64(seed) ^ static_cast<std::uint64_t>(stream)) ^ index) ^ counter);
}

// In [0, 1).
[[nodiscard]] constexpr double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }

// In [0, limit); 0 when limit is 0.
[[nodiscard]] constexpr std::uint64_t below(std::uint64_t bits, std::uint64_t limit) {
  return limit == 0 ? 0 : static_cast<std::uint64_t>((static_cast<detail::Wide>(bits) * limit) >> 64);
}

}  // namespace cpefleet
