// SPDX-License-Identifier: Apache-2.0
#include "metrics/threshold.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cpefleet;
using namespace cpefleet::metrics;
using namespace std::chrono_literals;

namespace {

Condition condition(std::string_view text, Id metric) {
  auto parsed = parse_condition(text, metric);
  REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message()));
  return *parsed;
}

std::string error_of(std::string_view text, Id metric) {
  const auto parsed = parse_condition(text, metric);
  return parsed ? "" : parsed.error().message();
}

Threshold threshold(Id metric, std::string_view text, Filter filter = {}) {
  Threshold out;
  out.metric = metric;
  out.filter = std::move(filter);
  out.conditions.push_back(condition(text, metric));
  return out;
}

Snapshot example() {
  Snapshot s;
  Histogram h;
  for (int i = 1; i <= 100; ++i) h.add(i * 10ms);
  s.add({Id::session_duration, 1, 0, ""}, h);
  s.add({Id::sessions_planned, 1, 0, ""}, 200);
  s.add({Id::sessions_dropped, 1, 0, "max_lag"}, 2);
  s.add({Id::attempts, 1, 0, ""}, 1000);
  s.add({Id::attempts, 0, 0, ""}, 3000);
  s.add({Id::sessions_failed, 1, 0, "reset"}, 4);
  s.add({Id::sessions_failed, 1, 0, "bad_xml"}, 1);
  s.add({Id::rpcs, 1, 0, "Reboot"}, 25);
  s.add({Id::rpcs, 1, 0, "GetParameterValues"}, 75);
  s.set_gauge({Id::devices, kOutsidePhases, 0, ""}, 50);
  s.set_gauge({Id::backlog, kOutsidePhases, 0, ""}, 5);
  s.set_unmeasured({true, false});
  return s;
}

Judged judged(const Threshold& threshold) { return judge({threshold}, example(), {40s, 20s}, 60s).at(0); }

}  // namespace

TEST_CASE("conditions are read with statistic, comparison and bound") {
  const auto c = condition("p99.9 <= 4s", Id::session_duration);
  CHECK(c.stat == Condition::Stat::quantile);
  CHECK(c.q == doctest::Approx(0.999));
  CHECK(c.op == Condition::Op::le);
  CHECK(c.bound == 4.0);
  CHECK(c.text == "p99.9 <= 4s");
  CHECK(condition(" share<0.5% ", Id::sessions_failed).bound == doctest::Approx(0.005));
  CHECK(condition("count == 0", Id::sessions_dropped).op == Condition::Op::eq);
  CHECK(condition("rate >= 100/s", Id::sessions_done).bound == 100);
  CHECK(condition("max != 1m", Id::inform_time).bound == 60);
  CHECK(condition("mean > 10ms", Id::inform_time).op == Condition::Op::gt);
  CHECK(condition("count < 1k", Id::session_duration).bound == 1000);
  CHECK(condition("share < 1%", Id::backlog).stat == Condition::Stat::share);
}

TEST_CASE("a statistic that does not fit is an error that names those that do") {
  CHECK(error_of("p99 < 4s", Id::sessions_failed).find("count, share, rate") != std::string::npos);
  CHECK(error_of("share < 1%", Id::session_duration).find("p50, p99, p99.9, count") != std::string::npos);
  CHECK(error_of("rate < 1/s", Id::backlog).find("count, share") != std::string::npos);
  CHECK(error_of("share < 1%", Id::bytes_sent) != "");
  CHECK(error_of("avg < 1s", Id::session_duration).find("\"avg\"") != std::string::npos);
}

TEST_CASE("ill-formed conditions are refused") {
  for (const std::string text : {"", "p99", "p99 <", "< 4s", "p99 < 4", "p99 = 4s", "p0 < 4s", "p101 < 4s", "p < 4s",
                                 "pnan < 4s", "p99 << 4s", "p99 < -4s", "p99 < 4s 5s", "p99 =< 4s", "p1e1 < fast"})
    CHECK_MESSAGE(error_of(text, Id::session_duration) != "", text);
  CHECK(error_of("p99 < 4", Id::session_duration).find("no unit") != std::string::npos);
}

TEST_CASE("durations are judged by their percentiles") {
  const auto pass = judged(threshold(Id::session_duration, "p99 < 1s"));
  CHECK(pass.passed);
  CHECK(pass.what == "session_duration p99 < 1s");
  CHECK(pass.value == "991ms");  // the upper edge of its bucket
  CHECK(!judged(threshold(Id::session_duration, "p99 < 900ms")).passed);
  CHECK(judged(threshold(Id::session_duration, "max == 1s")).passed);
  CHECK(judged(threshold(Id::session_duration, "min >= 10ms")).passed);
  CHECK(judged(threshold(Id::session_duration, "mean < 506ms")).passed);
  CHECK(judged(threshold(Id::session_duration, "count == 100")).passed);
}

TEST_CASE("shares are over attempts, planned starts, all RPCs or the devices") {
  CHECK(judged(threshold(Id::sessions_failed, "share == 0.125%")).passed);
  CHECK(judged(threshold(Id::sessions_failed, "share < 0.6%", {.phase = 1})).value == "0.5%");
  CHECK(
      judged(threshold(Id::sessions_failed, "share <= 0.1%", {.phase = 1, .any_tag = false, .tag = "bad_xml"})).passed);
  CHECK(judged(threshold(Id::sessions_dropped, "share == 1%")).passed);
  CHECK(judged(threshold(Id::rpcs, "share == 25%", {.any_tag = false, .tag = "Reboot"})).passed);
  CHECK(judged(threshold(Id::backlog, "share == 10%")).passed);
}

TEST_CASE("rates are over the phase, the run, or what of the run is measured") {
  CHECK(judged(threshold(Id::attempts, "rate > 66/s")).value == "66.7/s");
  CHECK(judged(threshold(Id::attempts, "rate == 50/s", {.phase = 1})).passed);
  CHECK(judged(threshold(Id::attempts, "rate == 50/s", {.measured_only = true})).passed);
}

TEST_CASE("what a threshold is about is said in its name") {
  auto t = threshold(Id::sessions_failed, "count == 0", {.phase = 1, .any_tag = false, .tag = "reset"});
  t.phase = "storm";
  t.group = "desks";
  CHECK(judged(t).what == "sessions_failed{phase=storm,group=desks,cause=reset} count == 0");
  CHECK(judged(t).value == "4");
}

TEST_CASE("a threshold without data fails and says so, but does not abort") {
  auto t = threshold(Id::session_duration, "p99 < 4s", {.phase = 0});
  t.conditions[0].abort = true;
  const auto result = judged(t);
  CHECK(!result.passed);
  CHECK(result.no_data);
  CHECK(!result.abort);
  CHECK(result.value == "no data");
  CHECK(judged(threshold(Id::sessions_failed, "share < 1%", {.phase = 7})).no_data);
  CHECK(judged(threshold(Id::sessions_failed, "count == 0", {.phase = 7})).passed);
}

TEST_CASE("a failed condition aborts once its time has come") {
  auto t = threshold(Id::session_duration, "p50 < 1ms", {.phase = 1});
  CHECK(!judged(t).abort);
  t.conditions[0].abort = true;
  CHECK(judged(t).abort);
  t.conditions[0].after = 21s;  // the phase is at 20 s
  CHECK(!judged(t).abort);
  t.conditions[0] = condition("p50 < 1m", Id::session_duration);
  t.conditions[0].abort = true;
  CHECK(!judged(t).abort);
}
