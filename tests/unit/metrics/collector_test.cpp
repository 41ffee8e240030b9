// SPDX-License-Identifier: Apache-2.0
#include "metrics/collector.hpp"

#include <atomic>
#include <cstdlib>
#include <doctest/doctest.h>
#include <new>
#include <string>

using namespace cpefleet;
using namespace cpefleet::metrics;
using namespace std::chrono_literals;

namespace {
std::atomic<std::uint64_t> allocations{0};
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

TimePoint at(Duration d) { return TimePoint{d}; }

// A session planned at 1 s that started 5 ms late and ended at `end`.
void session(Collector& to, std::uint32_t phase, std::uint32_t group, Duration end, Cause cause = Cause::none) {
  const journal::Context context{{group, 7}, phase, 99, at(end)};
  to.on_entry(context, journal::SessionStarted{at(1s), "phase", 0});
  to.on_entry(context, journal::Connected{"http://acs", false, 3ms});
  to.on_entry(context, journal::Sent{"Inform", "12345"});
  to.on_entry(context, journal::Received{"Inform", 200, "123", 20ms});
  to.on_entry(context, journal::Rpc{"Inform", journal::Direction::to_acs, 0, 20ms});
  to.on_entry(context, journal::Sent{"", ""});
  to.on_entry(context, journal::Received{"", 200, "1234567", 10ms});
  to.on_entry(context, journal::Rpc{"GetParameterValues", journal::Direction::from_acs, 9005, {}});
  to.on_entry(context, journal::Paced{40ms});
  journal::Ended ended;
  ended.cause = cause;
  ended.planned = at(1s);
  ended.started = at(1005ms);
  ended.paced = 40ms;
  to.on_entry(context, ended);
}

}  // namespace

TEST_CASE("a good session's duration runs from its planned start, without the device's pauses") {
  Collector c(2, 2);
  session(c, 1, 0, 1300ms);
  const auto s = c.snapshot();
  CHECK(s.count(Id::sessions_done, {.phase = 1, .group = 0}) == 1);
  CHECK(s.durations(Id::session_duration).max() == 260ms);
  CHECK(s.durations(Id::session_duration_uncorrected).max() == 255ms);
  CHECK(s.count(Id::failed_session_duration) == 0);
  CHECK(s.count(Id::sessions_failed) == 0);
}

TEST_CASE("a failed session counts under its cause and not into the duration of good ones") {
  Collector c(2, 2);
  session(c, 1, 0, 1300ms, Cause::reset);
  const auto s = c.snapshot();
  CHECK(s.count(Id::sessions_failed, {.any_tag = false, .tag = "reset"}) == 1);
  CHECK(s.durations(Id::failed_session_duration).max() == 300ms);
  CHECK(s.count(Id::session_duration) == 0);
  CHECK(s.count(Id::sessions_done) == 0);
}

TEST_CASE("what went over the wire is counted under phase, group and tag") {
  Collector c(1, 3);
  session(c, 0, 2, 1300ms);
  session(c, journal::kNoPhase, 2, 1300ms);
  const journal::Context context{{2, 7}, 0, 99, at(2s)};
  c.on_entry(context, journal::Connected{"http://acs", true});
  c.on_entry(context, journal::InformAccepted{{"0 BOOTSTRAP", "1 BOOT"}});
  c.on_entry(context, journal::Rpc{"TransferComplete", journal::Direction::to_acs, 8002, 5ms});
  c.on_entry(context, journal::Challenged{"Digest", false});
  c.on_entry(context, journal::Redirected{302, "http://other"});
  c.on_entry(context, journal::Finding{"H-6", "no cookie path"});
  c.on_entry(context, journal::CapHit{"session_time"});
  const auto s = c.snapshot();
  const auto tagged = [&](Id id, std::string tag) { return s.count(id, {.any_tag = false, .tag = std::move(tag)}); };
  CHECK(s.count(Id::connections) == 3);
  CHECK(s.count(Id::connections_reopened) == 1);
  CHECK(s.durations(Id::connect_time).count() == 2);
  CHECK(s.count(Id::posts, {.phase = 0}) == 2);
  CHECK(s.count(Id::posts, {.phase = kOutsidePhases}) == 2);
  CHECK(s.count(Id::posts, {.group = 1}) == 0);
  CHECK(s.count(Id::bytes_sent) == 10);
  CHECK(s.count(Id::bytes_received) == 20);
  CHECK(tagged(Id::reply_time, "Inform") == 2);
  CHECK(tagged(Id::reply_time, "empty") == 2);
  CHECK(s.durations(Id::inform_time).max() == 20ms);
  CHECK(tagged(Id::rpcs, "GetParameterValues") == 2);
  CHECK(tagged(Id::cpe_rpcs, "Inform") == 2);
  CHECK(tagged(Id::faults_sent, "9005") == 2);
  CHECK(tagged(Id::faults_received, "8002") == 1);
  CHECK(tagged(Id::events_delivered, "1 BOOT") == 1);
  CHECK(s.count(Id::http_challenges) == 1);
  CHECK(s.count(Id::http_redirects) == 1);
  CHECK(tagged(Id::findings, "H-6") == 1);
  CHECK(tagged(Id::caps_hit, "session_time") == 1);
  CHECK(s.count(Id::attempts) == 0);  // the engine's
}

TEST_CASE("counting and reading back what the engine says") {
  Collector c(3, 2);
  c.count(Id::sessions_dropped, 2, 1, "max_lag", 5);
  c.count(Id::sessions_dropped, 2, 1, "max_lag");
  c.duration(Id::start_lateness, 2, 1, 2ms);
  const auto s = c.snapshot();
  CHECK(s.counters().at({Id::sessions_dropped, 2, 1, "max_lag"}) == 6);
  CHECK(s.histograms().at({Id::start_lateness, 2, 1, ""}).max() == 2ms);
}

TEST_CASE("names that a peer makes up do not grow without bound") {
  Collector c(1, 1);
  const journal::Context context;
  for (int i = 0; i < 5000; ++i) {
    const auto name = "Rpc" + std::to_string(i) + std::string(1000, 'x');
    c.on_entry(context, journal::Rpc{name, journal::Direction::from_acs, i + 1, {}});
  }
  const auto s = c.snapshot();
  CHECK(s.count(Id::rpcs) == 5000);
  CHECK(s.by_tag(Id::rpcs).size() <= Collector::kTagsPerKind + 1);
  CHECK(s.by_tag(Id::rpcs).front() == std::pair<std::string, std::uint64_t>{"other", 5000 - Collector::kTagsPerKind});
  for (const auto& [tag, n] : s.by_tag(Id::rpcs)) CHECK(tag.size() <= 64);
  CHECK(s.by_tag(Id::faults_sent).size() <= Collector::kTagsPerKind + 1);
}

TEST_CASE("many phases and groups have cells of their own") {
  Collector c(100, 50);
  for (std::uint32_t phase = 0; phase < 100; ++phase) {
    for (std::uint32_t group = 0; group < 50; ++group) c.count(Id::posts, phase, group, {}, phase * 50 + group + 1);
  }
  const auto s = c.snapshot();
  CHECK(s.counters().size() == 5000);
  CHECK(s.counters().at({Id::posts, 73, 41, ""}) == 73 * 50 + 41 + 1);
}

TEST_CASE("no memory is taken per session once the cells exist") {
  Collector c(2, 2);
  const auto both = [&] {
    session(c, 0, 0, 1300ms);
    session(c, 1, 1, 1400ms, Cause::reset);
    c.count(Id::sessions_merged, 0, 0, "in_session");
  };
  both();
  const auto before = allocations.load();
  for (int i = 0; i < 100; ++i) both();
  CHECK(allocations.load() == before);
}
