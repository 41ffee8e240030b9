// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "load/arrivals.hpp"

using namespace cpefleet;
using namespace cpefleet::load;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kDevices = 60'000;

struct Named {
  std::string name;
  Schedule schedule;
};

std::vector<Named> all_kinds() {
  const Ramp ramp{{5}, {{{50}, 30s}, {{50}, 10s}, {{0}, 20s}, {{0}, 5s}, {{200}, 0s}, {{100}, 7s}}};
  return {
      {"once", {Once{{40}}, kDevices, {}}},
      {"once, cut", {Once{{40}}, kDevices, 7s}},
      {"once, one device", {Once{{40}}, 1, {}}},
      {"once, faster than nanoseconds", {Once{{1e10}}, 1000, {}}},
      {"constant", {Constant{{300}}, kDevices, 5min}},
      {"constant, odd rate", {Constant{{1.0 / 3}}, kDevices, 10h}},
      {"constant, seventh", {Constant{{7}}, 3, 1h}},
      {"constant, endless", {Constant{{50}}, 10, {}}},
      {"ramp", {ramp, kDevices, {}}},
      {"ramp, cut", {ramp, kDevices, 41s}},
      {"ramp from nothing", {Ramp{{0}, {{{100}, 60s}}}, 10, {}}},
      {"ramp to nothing", {Ramp{{100}, {{{0}, 60s}}}, 10, {}}},
      {"ramp after a pause", {Ramp{{0}, {{{0}, 10s}, {{50}, 0s}, {{50}, 10s}}}, 10, {}}},
      {"flat", {Spike{3min, Spike::Shape::flat}, kDevices, {}}},
      {"bell", {Spike{3min, Spike::Shape::bell}, kDevices, {}}},
      {"bell, cut", {Spike{3min, Spike::Shape::bell}, kDevices, 100s}},
      {"front", {Spike{3min, Spike::Shape::front}, kDevices, {}}},
      {"front, few", {Spike{3min, Spike::Shape::front}, 2, {}}},
      {"all at once", {Spike{0s, Spike::Shape::bell}, 100, {}}},
  };
}

double seconds(std::optional<Duration> d) { return d ? std::chrono::duration<double>(*d).count() : -1; }

}  // namespace

TEST_CASE("at and before are inverses, and at is monotonic, for every kind of arrivals") {
  for (const auto& kind : all_kinds()) {
    const auto& schedule = kind.schedule;
    CAPTURE(kind.name);
    const auto total = std::min<std::uint64_t>(schedule.total(), 2'000'000'000);
    REQUIRE(total > 0);
    CHECK(schedule.before(0s) == 0);
    CHECK(schedule.before(-1s) == 0);
    for (std::uint64_t i = 0; i < 3000; ++i) {
      // The first and the last ones, and random ones between.
      const auto k = i < 100   ? std::min(i, total - 1)
                     : i < 200 ? total - 1 - std::min(i - 100, total - 1)
                               : below(mix64(i), total);
      const auto at = schedule.at(k);
      REQUIRE(at);
      REQUIRE(schedule.before(*at) <= k);
      REQUIRE(schedule.before(*at + 1ns) > k);
      if (k > 0) REQUIRE(*schedule.at(k - 1) <= *at);
    }
    if (schedule.total() == total) {
      CHECK(!schedule.at(total));
      CHECK(schedule.before(schedule.length() + 1ns) == total);
      CHECK(schedule.before(Duration::max()) == total);
      CHECK(*schedule.at(total - 1) <= schedule.length());
    }
  }
}

TEST_CASE("before counts the starts at any instant, not only at starts") {
  for (const auto& kind : all_kinds()) {
    const auto& schedule = kind.schedule;
    CAPTURE(kind.name);
    for (std::uint64_t i = 0; i < 500; ++i) {
      const Duration elapsed{static_cast<std::int64_t>(below(mix64(i), 200'000'000'000))};
      const auto n = schedule.before(elapsed);
      if (n > 0) REQUIRE(*schedule.at(n - 1) < elapsed);
      if (const auto next = schedule.at(n)) REQUIRE(*next >= elapsed);
    }
  }
}

TEST_CASE("a constant rate does not drift over a billion starts") {
  const Schedule schedule(Constant{{300}}, 60'000, 2000h);
  CHECK(*schedule.at(0) == 0s);
  CHECK(*schedule.at(1) == 3'333'333ns);
  CHECK(*schedule.at(3) == 10ms);
  CHECK(*schedule.at(999'999'999) == 3'333'333'330ms);
  CHECK(*schedule.at(1'000'000'000) == 3'333'333'333'333'333ns);
  CHECK(schedule.total() == 2'160'000'000);
  CHECK(schedule.length() == 2000h);
}

TEST_CASE("once visits as many as there are devices, the last one ends it") {
  const Schedule schedule(Once{{40}}, 100, {});
  CHECK(schedule.total() == 100);
  CHECK(schedule.length() == 2475ms);
  CHECK(!schedule.at(100));
  CHECK(Schedule(Once{{40}}, 100, 1s).total() == 40);
  CHECK(Schedule(Once{{40}}, 100, 1h).total() == 100);
}

TEST_CASE("a ramp's rate is linear in its legs, and legs of no length are jumps") {
  const Schedule up(Ramp{{0}, {{{100}, 60s}}}, 10, {});
  CHECK(up.total() == 3000);
  CHECK(up.length() == 60s);
  CHECK(up.before(30s) == 750);
  CHECK(seconds(up.at(750)) == doctest::Approx(30));
  const Schedule jump(Ramp{{10}, {{{10}, 10s}, {{100}, 0s}, {{100}, 10s}}}, 10, {});
  CHECK(jump.total() == 1100);
  CHECK(*jump.at(99) == 9900ms);
  CHECK(*jump.at(100) == 10s);
  CHECK(*jump.at(101) == 10'010ms);
}

TEST_CASE("a start that falls on a pause comes when the rate resumes") {
  const Schedule schedule(Ramp{{0}, {{{0}, 10s}, {{50}, 0s}, {{50}, 10s}}}, 10, {});
  CHECK(*schedule.at(0) == 10s);
  CHECK(schedule.before(10s) == 0);
  CHECK(schedule.total() == 500);
}

TEST_CASE("a bell is symmetric and has its peak in the middle") {
  const Schedule schedule(Spike{100s, Spike::Shape::bell}, 10'000, {});
  CHECK(schedule.total() == 10'000);
  CHECK(schedule.before(50s) == 5000);
  for (const std::uint64_t k : {0U, 10U, 777U, 4999U}) CHECK(*schedule.at(k) + *schedule.at(9999 - k) == 100s);
  const auto in_second = [&](int s) { return schedule.before((s + 1) * 1s) - schedule.before(s * 1s); };
  CHECK(in_second(50) == doctest::Approx(200).epsilon(0.02));  // twice the mean
  CHECK(in_second(25) == doctest::Approx(100).epsilon(0.05));
  CHECK(in_second(0) <= 1);
}

TEST_CASE("a front has most at the beginning, a flat spike the same everywhere") {
  const Schedule front(Spike{90s, Spike::Shape::front}, 10'000, {});
  CHECK(*front.at(0) == 0s);
  CHECK(front.before(30s) == doctest::Approx(6652).epsilon(0.001));  // (1 - 1/e) / (1 - 1/e^3)
  CHECK(front.length() < 90s);
  const Schedule flat(Spike{100s, Spike::Shape::flat}, 1000, {});
  CHECK(*flat.at(0) == 0s);
  CHECK(*flat.at(1) == 100ms);
  CHECK(flat.length() == 99'900ms);
}

TEST_CASE("schedules of nothing are empty") {
  for (const auto& schedule :
       {Schedule(Once{{40}}, 0, {}), Schedule(Once{{0}}, 5, {}), Schedule(Constant{{0}}, 5, 1h),
        Schedule(Constant{{5}}, 5, 0s), Schedule(Constant{{-5}}, 5, 1h), Schedule(Ramp{{5}, {}}, 5, {}),
        Schedule(Ramp{{0}, {{{0}, 1h}}}, 5, {}), Schedule(Spike{}, 0, {}), Schedule(Constant{{5}}, 0, 1h)}) {
    CHECK(schedule.total() == 0);
    CHECK(!schedule.at(0));
    CHECK(schedule.before(24h) == 0);
  }
}

TEST_CASE("a schedule without a length goes on") {
  const Schedule schedule(Constant{{50}}, 10, {});
  CHECK(schedule.total() == UINT64_MAX);
  CHECK(schedule.length() == Duration::max());
  CHECK(*schedule.at(1'000'000'000) == 20'000'000s);
  CHECK(schedule.before(20'000'000s) == 1'000'000'000);
  CHECK(!schedule.at(UINT64_MAX - 1));  // beyond what a Duration holds
}
