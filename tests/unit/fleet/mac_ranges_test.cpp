// SPDX-License-Identifier: Apache-2.0
#include "fleet/mac_ranges.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace cpefleet::fleet;

TEST_SUITE("fleet.mac_ranges") {
  TEST_CASE("a group's stretch does not depend on the groups before it") {
    MacRanges alone;
    MacRanges together;
    const auto other = together.reserve("phones", 1000);
    CHECK(other != together.reserve("atas", 1000));
    CHECK(together.reserve("desks", 1000) == alone.reserve("desks", 1000));
  }

  TEST_CASE("stretches never meet") {
    MacRanges ranges;
    std::vector<bool> taken(1u << 24);
    for (int group = 0; group < 200; ++group) {
      const std::uint32_t count = 50'000;
      const auto base = ranges.reserve("group" + std::to_string(group), count);
      REQUIRE(base);
      REQUIRE(*base + count <= taken.size());
      bool meets = false;
      for (std::uint32_t i = *base; i < *base + count; ++i) {
        meets = meets || taken[i];
        taken[i] = true;
      }
      REQUIRE_FALSE(meets);
    }
  }

  TEST_CASE("the low numbers are left to addresses people write themselves") {
    MacRanges ranges;
    for (int group = 0; group < 100; ++group) CHECK(*ranges.reserve(std::to_string(group), 1000) >= 1u << 20);
  }

  TEST_CASE("a full range says so") {
    MacRanges ranges;
    CHECK(ranges.reserve("all", 1u << 24) == 0u);
    CHECK_FALSE(ranges.reserve("one", 1));
    CHECK_FALSE(MacRanges().reserve("too many", (1u << 24) + 1));
  }
}
