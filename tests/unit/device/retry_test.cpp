// SPDX-License-Identifier: Apache-2.0
#include "device/retry.hpp"

#include <algorithm>
#include <doctest/doctest.h>

#include "base/rng.hpp"

using namespace cpefleet;
using namespace cpefleet::device;

TEST_CASE("the wait before retry n is drawn anew from its row of the table, fixed from the tenth on [R-1]") {
  for (std::uint32_t n = 1; n <= 14; ++n) {
    const Duration low = std::chrono::seconds{5LL << (std::min<std::uint32_t>(n, 10) - 1)};
    Duration least = kNever.time_since_epoch();
    Duration most{};
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const auto wait = retry_wait(n, draw(3, Stream::retry_wait, i, n));
      CHECK(wait >= low);
      CHECK(wait <= 2 * low);
      least = std::min(least, wait);
      most = std::max(most, wait);
    }
    CHECK(least < low + low / 10);  // the whole range is used
    CHECK(most > 2 * low - low / 10);
  }
}
