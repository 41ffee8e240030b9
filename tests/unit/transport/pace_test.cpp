// SPDX-License-Identifier: Apache-2.0
#include "transport/pace.hpp"

#include <doctest/doctest.h>

namespace cpefleet::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("without a speed nobody rests") {
  Pace pace;
  pace.moved(TimePoint{seconds{5}}, 1'000'000);
  CHECK(pace.ready() <= TimePoint{seconds{5}});
}

TEST_CASE("pieces of any size come to the speed, when the clock is late too") {
  Pace pace;
  TimePoint now{seconds{100}};
  pace.set_speed(now, 10'000);
  std::uint64_t moved = 0;
  while (now < TimePoint{seconds{200}}) {
    const std::uint64_t piece = 500 + moved % 700;
    pace.moved(now, piece);
    moved += piece;
    now = std::max(now, pace.ready()) + milliseconds{3};
  }
  CHECK(moved > 990'000);
  CHECK(moved < 1'010'000);
}

TEST_CASE("what was not moved is not made good") {
  Pace pace;
  pace.set_speed(TimePoint{}, 1000);
  pace.moved(TimePoint{seconds{50}}, 100);
  CHECK(pace.ready() == TimePoint{seconds{50} + milliseconds{50}});  // 100 ms, less what is allowed for late timers
}

TEST_CASE("another speed changes the rest that is left") {
  Pace pace;
  const TimePoint now{seconds{10}};
  pace.set_speed(now, 1000);
  pace.moved(now, 10'050);
  REQUIRE(pace.ready() == now + seconds{10});
  pace.set_speed(now + seconds{5}, 500);
  CHECK(pace.ready() == now + seconds{15});
  pace.set_speed(now + seconds{5}, 5000);
  CHECK(pace.ready() == now + seconds{6});
  pace.set_speed(now + seconds{5}, 0);
  CHECK(pace.ready() <= now + seconds{5});
}

}  // namespace
}  // namespace cpefleet::transport
