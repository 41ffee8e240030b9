// SPDX-License-Identifier: Apache-2.0
#include "engine/pace.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <vector>

#include "base/rng.hpp"

using namespace cpefleet;
using namespace cpefleet::engine;
using namespace std::chrono_literals;

TEST_CASE("a pause of median and p99 is log-normal through both") {
  const scenario::Pause pause{400ms, 2s};
  std::vector<Duration> draws;
  for (std::uint64_t i = 0; i < 20000; ++i) draws.push_back(draw_pause(pause, draw(1, Stream::think_time, i)));
  std::sort(draws.begin(), draws.end());
  CHECK(draws[10000] > 390ms);
  CHECK(draws[10000] < 410ms);
  CHECK(draws[19800] > 1800ms);
  CHECK(draws[19800] < 2200ms);
}

TEST_CASE("answers take thinking, everything the link's round trip and its bandwidth") {
  scenario::Pace pace;
  pace.rtt = 40ms;
  pace.think = {80ms, 80ms};
  pace.think_for.emplace_back("GetParameterValues", scenario::Pause{400ms, 400ms});
  pace.bandwidth = 1000;
  CHECK(pause_before(pace, "Inform", 0, 1) == 40ms);
  CHECK(pause_before(pace, "", 0, 1) == 40ms);
  CHECK(pause_before(pace, "RebootResponse", 0, 1) == 120ms);
  CHECK(pause_before(pace, "Fault", 0, 1) == 120ms);
  CHECK(pause_before(pace, "GetParameterValuesResponse", 500, 1) == 940ms);
}
