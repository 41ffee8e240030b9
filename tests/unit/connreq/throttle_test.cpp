// SPDX-License-Identifier: Apache-2.0
#include "connreq/throttle.hpp"

#include <doctest/doctest.h>

using namespace cpefleet;
using namespace cpefleet::connreq;
using namespace std::chrono_literals;

TEST_SUITE("connreq.throttle") {
  TEST_CASE("so many are accepted in a window, and again in the next [C-7]") {
    const ThrottlePolicy policy{3, 10s};
    Throttle throttle;
    const TimePoint start{1h};
    CHECK(throttle.admit(policy, start));
    CHECK(throttle.admit(policy, start + 1s));
    CHECK(throttle.admit(policy, start + 9s));
    CHECK_FALSE(throttle.admit(policy, start + 9s));
    CHECK_FALSE(throttle.admit(policy, start + 10s - 1ns));
    CHECK(throttle.admit(policy, start + 10s));
    CHECK(throttle.admit(policy, start + 11s));
    CHECK(throttle.admit(policy, start + 12s));
    CHECK_FALSE(throttle.admit(policy, start + 13s));
  }

  TEST_CASE("a window begins with a request, not with the run, and refusals do not prolong it [C-7]") {
    const ThrottlePolicy policy{1, 10s};
    Throttle throttle;
    CHECK(throttle.admit(policy, TimePoint{9s}));
    CHECK_FALSE(throttle.admit(policy, TimePoint{10s}));
    CHECK_FALSE(throttle.admit(policy, TimePoint{18s}));
    CHECK(throttle.admit(policy, TimePoint{19s}));
    CHECK_FALSE(throttle.admit(policy, TimePoint{28s}));
  }

  TEST_CASE("without a limit all are accepted [C-9]") {
    Throttle throttle;
    for (int i = 0; i < 1000; ++i) CHECK(throttle.admit({}, TimePoint{}));
  }
}
