// SPDX-License-Identifier: Apache-2.0
#include "metrics/snapshot.hpp"

#include <doctest/doctest.h>

using namespace cpefleet::metrics;
using namespace std::chrono_literals;

namespace {

Histogram durations(std::initializer_list<cpefleet::Duration> values) {
  Histogram h;
  for (const auto v : values) h.add(v);
  return h;
}

Snapshot example() {
  Snapshot s;
  s.add({Id::sessions_failed, 0, 0, "reset"}, 3);
  s.add({Id::sessions_failed, 1, 0, "reset"}, 4);
  s.add({Id::sessions_failed, 1, 1, "bad_xml"}, 5);
  s.add({Id::sessions_failed, kOutsidePhases, 1, "unauthorized"}, 5);
  s.add({Id::sessions_done, 0, 0, ""}, 100);
  s.add({Id::reply_time, 0, 0, "Inform"}, durations({1ms, 2ms}));
  s.add({Id::reply_time, 1, 0, "empty"}, durations({3ms}));
  s.set_unmeasured({true, false});
  return s;
}

}  // namespace

TEST_CASE("counts are summed over what the filter names") {
  const auto s = example();
  CHECK(s.count(Id::sessions_failed) == 17);
  CHECK(s.count(Id::sessions_failed, {.phase = 1}) == 9);
  CHECK(s.count(Id::sessions_failed, {.phase = kOutsidePhases}) == 5);
  CHECK(s.count(Id::sessions_failed, {.group = 0}) == 7);
  CHECK(s.count(Id::sessions_failed, {.any_tag = false, .tag = "reset"}) == 7);
  CHECK(s.count(Id::sessions_failed, {.measured_only = true}) == 14);
  CHECK(s.count(Id::sessions_dropped) == 0);
  CHECK(s.count(Id::reply_time) == 3);
}

TEST_CASE("durations are merged over what the filter names") {
  const auto s = example();
  CHECK(s.durations(Id::reply_time) == durations({1ms, 2ms, 3ms}));
  CHECK(s.durations(Id::reply_time, {.any_tag = false, .tag = "empty"}) == durations({3ms}));
  CHECK(s.durations(Id::reply_time, {.measured_only = true}) == durations({3ms}));
}

TEST_CASE("tags come largest first, then by name") {
  const auto tags = example().by_tag(Id::sessions_failed);
  REQUIRE(tags.size() == 3);
  CHECK(tags[0] == std::pair<std::string, std::uint64_t>{"reset", 7});
  CHECK(tags[1].first == "bad_xml");
  CHECK(tags[2].first == "unauthorized");
  CHECK(example().by_tag(Id::reply_time).front().first == "Inform");
}

TEST_CASE("merging shards' snapshots gives what one shard would have measured") {
  Snapshot merged;
  merged.merge(example());
  merged.merge(example());
  CHECK(merged.count(Id::sessions_failed, {.measured_only = true}) == 28);
  CHECK(merged.durations(Id::reply_time).count() == 6);
  Snapshot gauges;
  gauges.set_gauge({Id::in_flight, kOutsidePhases, 0, ""}, 7);
  gauges.set_gauge({Id::in_flight, kOutsidePhases, 0, ""}, 5);
  merged.merge(gauges);
  merged.merge(gauges);
  CHECK(merged.count(Id::in_flight) == 10);
}
