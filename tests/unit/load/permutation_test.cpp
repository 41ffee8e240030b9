// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <vector>

#include "load/arrivals.hpp"

using cpefleet::load::Permutation;

TEST_CASE("a permutation visits every device exactly once, whatever the size") {
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t n = 1; n <= 70; ++n) sizes.push_back(n);
  for (const std::uint64_t n : std::vector<std::uint64_t>{255, 256, 257, 1000, 4096, 65537, 100'000})
    sizes.push_back(n);
  for (const auto n : sizes) {
    const Permutation permutation(42, n);
    std::vector<bool> seen(n);
    bool once = true;
    for (std::uint64_t k = 0; k < n; ++k) {
      const auto device = permutation.of(k);
      REQUIRE(device < n);
      once = once && !seen[device];
      seen[device] = true;
    }
    CHECK_MESSAGE(once, n);
  }
}

TEST_CASE("a permutation repeats when it is through") {
  const Permutation permutation(7, 1000);
  for (std::uint64_t k = 0; k < 1000; ++k) CHECK(permutation.of(k) == permutation.of(k + 3000));
}

TEST_CASE("a permutation is a function of seed and size, and mixes") {
  const Permutation a(1, 10'000);
  const Permutation again(1, 10'000);
  const Permutation b(2, 10'000);
  int same_as_b = 0;
  int in_place = 0;
  double neighbours = 0;
  for (std::uint64_t k = 0; k < 10'000; ++k) {
    CHECK(a.of(k) == again.of(k));
    same_as_b += a.of(k) == b.of(k) ? 1 : 0;
    in_place += a.of(k) == k ? 1 : 0;
    const auto x = static_cast<double>(a.of(k));
    const auto y = static_cast<double>(a.of(k + 1));
    neighbours += x > y ? x - y : y - x;
  }
  CHECK(same_as_b < 20);
  CHECK(in_place < 20);
  CHECK(neighbours / 10'000 == doctest::Approx(10'000.0 / 3).epsilon(0.05));  // the mean distance of random pairs
}

TEST_CASE("sizes of nothing and of a million millions are served") {
  CHECK(Permutation(1, 0).of(5) == 0);
  const Permutation large(1, 1'000'000'000'000ULL);
  for (std::uint64_t k = 0; k < 1000; ++k) CHECK(large.of(k) < 1'000'000'000'000ULL);
  const Permutation largest(1, UINT64_MAX);
  CHECK(largest.of(0) != largest.of(1));
}
