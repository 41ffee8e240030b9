// SPDX-License-Identifier: Apache-2.0
#include "engine/timer_wheel.hpp"

#include <doctest/doctest.h>
#include <map>
#include <memory>
#include <vector>

#include "base/rng.hpp"

using namespace cpefleet;
using namespace cpefleet::engine;
using namespace std::chrono_literals;

namespace {

struct Alarm : TimerNode {
  explicit Alarm(TimePoint when) : TimerNode(Kind::callback), due(when) {}
  TimePoint due;
  TimePoint fired = kNever;
};

struct Bench {
  TimerWheel wheel;
  TimePoint now{};
  std::vector<Alarm*> order;

  void advance_to(TimePoint t) {
    now = t;
    wheel.advance(
        t,
        [](void* self, TimerNode& node) {
          auto& bench = *static_cast<Bench*>(self);
          auto& alarm = static_cast<Alarm&>(node);
          alarm.fired = bench.now;
          bench.order.push_back(&alarm);
        },
        this);
  }
};

}  // namespace

TEST_SUITE_BEGIN("engine.timer_wheel");

TEST_CASE("no timer fires early, and each fires at the first advance at or after its time") {
  Bench bench;
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    // From a millisecond to three days, on all levels.
    const auto scale = Duration{1ms}.count() << (i % 28);
    const auto wait = Duration{
        static_cast<Duration::rep>(below(draw(7, Stream::device_value, i), static_cast<std::uint64_t>(scale)))};
    alarms.push_back(std::make_unique<Alarm>(TimePoint{wait}));
    bench.wheel.schedule(*alarms.back(), alarms.back()->due);
  }
  CHECK(bench.wheel.size() == alarms.size());
  while (bench.wheel.size() > 0) {
    const auto next = bench.wheel.next_expiry();
    REQUIRE(next > bench.now);
    bench.advance_to(next);
  }
  CHECK(bench.order.size() == alarms.size());
  for (const auto& alarm : alarms) {
    CHECK(alarm->fired >= alarm->due);
    CHECK(alarm->fired < alarm->due + 2ms);
  }
}

TEST_CASE("a jump far ahead fires everything in between, in order") {
  Bench bench;
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (const auto due : std::vector<std::chrono::milliseconds>{70000s, 1s, 256ms, 65536ms, 255ms, 257ms, 3s}) {
    alarms.push_back(std::make_unique<Alarm>(TimePoint{due}));
    bench.wheel.schedule(*alarms.back(), alarms.back()->due);
  }
  bench.advance_to(TimePoint{80000s});
  REQUIRE(bench.order.size() == 7);
  for (std::size_t i = 1; i < bench.order.size(); ++i) CHECK(bench.order[i - 1]->due <= bench.order[i]->due);
}

TEST_CASE("who is put off waits in line, and the wheel goes on") {
  Bench bench;
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (const auto due : {5ms, 6ms, 7ms, 300ms}) {
    alarms.push_back(std::make_unique<Alarm>(TimePoint{due}));
    bench.wheel.schedule(*alarms.back(), alarms.back()->due);
  }
  bench.advance_to(TimePoint{7ms});
  for (std::size_t i = 0; i < 3; ++i) bench.wheel.defer(*alarms[i]);
  CHECK(bench.wheel.next_expiry() <= TimePoint{7ms});
  CHECK(bench.wheel.size() == 4);
  bench.wheel.cancel(*alarms[1]);
  bench.advance_to(TimePoint{300ms});
  CHECK(bench.order.size() == 4);
  CHECK(bench.wheel.next_deferred() == alarms[0].get());
  CHECK(TimerWheel::due_of(*alarms[0]) == TimePoint{5ms});
  bench.wheel.schedule(*alarms[2], TimePoint{400ms});
  CHECK(bench.wheel.next_deferred() == nullptr);
  CHECK(bench.wheel.next_expiry() > TimePoint{300ms});
  bench.advance_to(TimePoint{400ms});
  CHECK(bench.order.size() == 5);
  CHECK(bench.wheel.size() == 0);
}

TEST_CASE("a cancelled or moved timer does not fire at its old time") {
  Bench bench;
  Alarm cancelled(TimePoint{10ms});
  Alarm moved(TimePoint{10ms});
  bench.wheel.schedule(cancelled, cancelled.due);
  bench.wheel.schedule(moved, moved.due);
  bench.wheel.cancel(cancelled);
  bench.wheel.schedule(moved, TimePoint{500ms});
  bench.advance_to(TimePoint{400ms});
  CHECK(bench.order.empty());
  bench.advance_to(TimePoint{500ms});
  CHECK(bench.order.size() == 1);
  CHECK_FALSE(cancelled.scheduled());
  CHECK(bench.wheel.next_expiry() == kNever);
}

TEST_CASE("a timer set for the past fires with the next tick") {
  Bench bench;
  bench.advance_to(TimePoint{1000ms});
  Alarm late(TimePoint{1ms});
  bench.wheel.schedule(late, late.due);
  CHECK(bench.wheel.next_expiry() == TimePoint{1001ms});
  bench.advance_to(TimePoint{1001ms});
  CHECK(late.fired == TimePoint{1001ms});
}

TEST_SUITE_END();
