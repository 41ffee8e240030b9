// SPDX-License-Identifier: Apache-2.0
#include "base/log_normal.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace cpefleet;
using namespace std::chrono_literals;

TEST_CASE("durations lie around the median, one in a hundred beyond the 99th percentile") {
  std::vector<Duration> draws;
  for (std::uint64_t i = 0; i < 20000; ++i) draws.push_back(log_normal(20ms, 80ms, draw(1, Stream::diagnostics, i)));
  std::sort(draws.begin(), draws.end());
  CHECK(draws.front() > 0ns);
  CHECK(draws[10000] > 19ms);
  CHECK(draws[10000] < 21ms);
  CHECK(draws[19800] > 72ms);
  CHECK(draws[19800] < 88ms);
}

TEST_CASE("without a longer percentile a duration is constant, and no draw is beyond ten years or so") {
  CHECK(log_normal(20ms, 20ms, 7) == 20ms);
  CHECK(log_normal(20ms, 1ms, 7) == 20ms);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto drawn = log_normal(1ns, Duration::max(), i);
    CHECK(drawn >= 0ns);
    CHECK(drawn < 24h * 365 * 11);
  }
}
