// SPDX-License-Identifier: Apache-2.0
#include "base/rng.hpp"
#include "load/arrivals.hpp"

namespace cpefleet::load {

Permutation::Permutation(std::uint64_t seed, std::uint64_t n)
    : seed_(draw(seed, Stream::arrival_permutation, n)), n_(n), half_bits_(1) {
  while (half_bits_ < 32 && (std::uint64_t{1} << (2 * half_bits_)) < n) ++half_bits_;
}

// A Feistel network permutes the next larger power of four. Walking its cycle until a value falls below n keeps it a
// permutation of [0, n); the domain is less than 4n, so that is fewer than four rounds on average.
std::uint64_t Permutation::of(std::uint64_t k) const {
  if (n_ < 2) return 0;
  constexpr std::uint64_t kRounds = 4;
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t value = k % n_;
  do {
    std::uint64_t left = value >> half_bits_;
    std::uint64_t right = value & mask;
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      const auto next = left ^ (mix64(seed_ ^ (round << 56) ^ right) & mask);
      left = right;
      right = next;
    }
    value = left << half_bits_ | right;
  } while (value >= n_);
  return value;
}

}  // namespace cpefleet::load
