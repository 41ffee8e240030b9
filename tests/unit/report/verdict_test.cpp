// SPDX-License-Identifier: Apache-2.0
#include "report/verdict.hpp"

#include <doctest/doctest.h>

using namespace cpefleet;
using namespace cpefleet::report;
using namespace std::chrono_literals;

namespace {

GeneratorHealth judged(GeneratorHealth health) {
  judge_health(health);
  return health;
}

GeneratorHealth healthy() {
  GeneratorHealth h;
  h.cpu = {0.5, 0.6};
  h.starts = 10'000;
  h.planned = 10'000;
  h.lateness_p99 = 2ms;
  h.loop_lag_p99 = 1ms;
  h.descriptors_used = 100;
  h.descriptors_limit = 1024;
  return h;
}

}  // namespace

TEST_CASE("a generator that kept up is no bottleneck") {
  const auto h = judged(healthy());
  CHECK(!h.bottleneck);
  CHECK(h.reasons.empty());
  CHECK(h.notes.empty());
  CHECK(!judged({}).bottleneck);
}

TEST_CASE("late starts and a lagging loop make the result void, unless they are few") {
  auto h = healthy();
  h.lateness_p99 = 150ms;
  CHECK(judged(h).bottleneck);
  h.starts = 20;
  CHECK(!judged(h).bottleneck);
  h.loop_lag_p99 = 150ms;
  CHECK(judged(h).bottleneck);
  CHECK(judged(h).reasons.size() == 1);
}

TEST_CASE("more than one percent dropped makes the result void, less is noted") {
  auto h = healthy();
  h.dropped = {{"max_lag", 60}, {"in_flight", 50}};
  CHECK(judged(h).bottleneck);
  CHECK(judged(h).reasons.at(0) == "1.1% of the planned starts were dropped: max_lag 60, in_flight 50");
  h.in_flight_is_users = true;  // the scenario's own limit
  CHECK(!judged(h).bottleneck);
  CHECK(judged(h).notes.size() == 1);
}

TEST_CASE("a session that found no descriptor makes the result void") {
  metrics::Snapshot s;
  s.add({metrics::Id::sessions_failed, 0, 0, "connect_refused"}, 7);
  auto h = healthy();
  fill_from_snapshot(h, s);
  CHECK(h.no_descriptor == 0);
  s.add({metrics::Id::sessions_failed, 0, 0, "no_descriptor"}, 1);
  fill_from_snapshot(h, s);
  h.starts = 0;
  CHECK(judged(h).bottleneck);
  CHECK(judged(h).reasons.at(0) ==
        "1 session found no descriptor left to connect with, the limit is 1,024: raise it (ulimit -n) or lower "
        "limits.in_flight");
}

TEST_CASE("a busy core and few descriptors left are noted") {
  auto h = healthy();
  h.cpu = {0.2, 0.9};
  h.descriptors_used = 1000;
  CHECK(!judged(h).bottleneck);
  CHECK(judged(h).notes.size() == 2);
}

TEST_CASE("the health's numbers come from the snapshot") {
  metrics::Snapshot s;
  metrics::Histogram late;
  late.add(5ms, 300);
  s.add({metrics::Id::start_lateness, 0, 0, ""}, late);
  s.add({metrics::Id::sessions_planned, 0, 0, ""}, 301);
  s.add({metrics::Id::sessions_dropped, 0, 0, "ports"}, 1);
  GeneratorHealth h;
  fill_from_snapshot(h, s);
  CHECK(h.starts == 300);
  CHECK(h.planned == 301);
  CHECK(h.lateness_p99 == 5ms);
  CHECK(h.dropped == NamedCounts{{"ports", 1}});
}

TEST_CASE("the exit codes that hold are put together, the foremost first") {
  using enum ExitCode;
  RunResults r;
  CHECK(verdict(r, {}).empty());
  r.thresholds = {{"a", "1", true, false, false}};
  CHECK(verdict(r, {}).empty());
  r.thresholds.push_back({"b", "no data", false, true, false});
  CHECK(verdict(r, {}) == std::vector{threshold_failed});
  r.health.bottleneck = true;
  Incidents all;
  all.aborted = all.interrupted = all.incomplete = all.internal_error = all.expectation_failed = true;
  CHECK(verdict(r, all) == std::vector{internal_error, interrupted, generator_bottleneck, aborted, incomplete,
                                       threshold_failed, expectation_failed});
}
