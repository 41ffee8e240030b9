// SPDX-License-Identifier: Apache-2.0
#include "engine/simulation.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <set>

#include "metrics/threshold.hpp"
#include "simulated_fleet.hpp"

using namespace cpefleet;
using namespace std::chrono_literals;
using metrics::Id;
using test::SimulatedFleet;
using Fate = transport::MemoryReply::Fate;

namespace {

constexpr const char* kUrl = "http://127.0.0.1:7547/acs";

constexpr const char* kSmall = R"(
version: 1
name: small
seed: 7
fleet:
  - { group: desks, profile: gxp2170, count: 60 }
  - { group: atas, profile: ht802, count: 30 }
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 30/s } } }
  - { name: steady, do: periodic, arrivals: { constant: 20/s }, for: 60s }
)";

// What holds of every run, whatever the ACS did.
void check_books(const SimulatedFleet& fleet) {
  const auto all = fleet.simulation.snapshot();
  const auto n = [&](Id id) { return all.count(id); };
  CHECK(n(Id::sessions_planned) ==
        n(Id::sessions_started) + n(Id::sessions_merged) + n(Id::sessions_skipped) + n(Id::sessions_dropped));
  CHECK(n(Id::attempts) == n(Id::sessions_started) + n(Id::retries) + n(Id::own_sessions));
  CHECK(n(Id::attempts) == n(Id::sessions_done) + n(Id::sessions_failed) + n(Id::in_flight));
  CHECK(n(Id::attempts) == fleet.log.sessions().size());
}

// RetryCount is the number of failed attempts before, and 0 exactly after a session that ended well (R-4).
void check_retry_counts(const SimulatedFleet& fleet) {
  for (const auto& [device, sessions] : fleet.log.by_device()) {
    std::uint32_t failures = 0;
    for (const auto& session : sessions) {
      CHECK(session.retry_count == failures);
      failures = session.cause == Cause::none ? 0 : failures + 1;
    }
  }
}

}  // namespace

TEST_SUITE_BEGIN("engine.simulation");

TEST_CASE("a fleet boots, is bootstrapped by the ACS and informs again; the books of both sides are equal") {
  SimulatedFleet fleet(test::plan_of(kSmall, kUrl), {});
  fleet.run();
  check_books(fleet);
  check_retry_counts(fleet);
  CHECK(fleet.count(Id::sessions_failed) == 0);
  CHECK(fleet.count(Id::sessions_planned) == 90 + 1200);
  const auto& seen = fleet.core.totals();
  CHECK(seen.devices == 90);
  CHECK(seen.sum.sessions == fleet.count(Id::sessions_done));
  CHECK(seen.sum.informs == fleet.count(Id::sessions_done));
  CHECK(seen.sum.bootstraps == 90);
  CHECK(seen.bad_requests == 0);
  CHECK(seen.sum.broken == 0);
  for (const auto& device : fleet.core.devices()) {
    CHECK_MESSAGE(device.second.provisioned, device.first);
    CHECK_MESSAGE(device.second.parameters > 150, device.first);
  }
}

TEST_CASE("with an ACS that refuses, faults and hangs up, nothing is lost and the books stay equal") {
  acs::Options options;
  options.refuse_share = 0.2;
  options.retry_after = 20;
  options.fault_share = 0.1;
  options.close_share = 0.05;
  engine::Simulation::Options patient;
  patient.drain = 24h;  // the retry table's last rows wait for hours
  SimulatedFleet fleet(test::plan_of(kSmall, kUrl), options, {}, patient);
  fleet.run();
  check_books(fleet);
  check_retry_counts(fleet);
  const auto all = fleet.simulation.snapshot();
  const auto& seen = fleet.core.totals();
  metrics::Filter cause;
  cause.any_tag = false;
  cause.tag = "service_unavailable";
  CHECK(all.count(Id::sessions_failed, cause) == seen.sum.refused);
  cause.tag = "inform_fault";
  CHECK(all.count(Id::sessions_failed, cause) == seen.sum.faulted);
  cause.tag = "cut_after_send";
  CHECK(all.count(Id::sessions_failed, cause) == seen.sum.closed);
  CHECK(seen.sum.sessions == all.count(Id::sessions_done));
  CHECK(seen.sum.refused > 0);
  CHECK(seen.sum.faulted > 0);
  CHECK(seen.sum.closed > 0);
  for (const auto& [device, sessions] : fleet.log.by_device()) CHECK(sessions.back().cause == Cause::none);
}

TEST_CASE("an ACS that is down at the start or in the middle loses no device") {
  const auto down = [](TimePoint now, transport::MemoryReply& instead) {
    const auto t = now.time_since_epoch();
    instead.fate = t < 5s ? Fate::refuse : Fate::reset;
    return t < 5s || (t > 20s && t < 40s);
  };
  SimulatedFleet fleet(test::plan_of(kSmall, kUrl), {}, down);
  fleet.run();
  check_books(fleet);
  check_retry_counts(fleet);
  CHECK(fleet.count(Id::sessions_failed) > 90);
  CHECK(fleet.core.devices().size() == 90);
  for (const auto& [device, sessions] : fleet.log.by_device()) {
    CHECK(sessions.back().cause == Cause::none);
    CHECK(sessions.front().cause != Cause::internal);
  }
  // The wait before each retry is in the range of its row (R-1).
  for (const auto& [device, sessions] : fleet.log.by_device()) {
    for (const auto& session : sessions) {
      if (session.trigger != "retry") continue;
      CHECK(session.retry_count >= 1);
    }
  }
}

TEST_CASE("a silent ACS costs the response timeout, then the retry table takes over [H-11]") {
  const auto stall = [](TimePoint now, transport::MemoryReply& instead) {
    instead.fate = Fate::stall;
    return now.time_since_epoch() < 30s;
  };
  SimulatedFleet fleet(test::plan_of(kSmall, kUrl), {}, stall);
  fleet.run();
  check_books(fleet);
  const auto causes = fleet.simulation.snapshot().by_tag(Id::sessions_failed);
  REQUIRE_FALSE(causes.empty());
  CHECK(causes.front().first == "response_timeout");
  for (const auto& [device, sessions] : fleet.log.by_device()) CHECK(sessions.back().cause == Cause::none);
}

TEST_CASE("broken and hostile replies fail the session with a named cause and the device goes on") {
  struct Case {
    const char* body;
    int status;
    Cause cause;
  };
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "<a>";
  for (const auto& c : {Case{"<broken", 200, Cause::bad_xml}, Case{deep.c_str(), 200, Cause::bad_xml},
                        Case{"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>", 200, Cause::bad_xml},
                        Case{"<html><body>It works</body></html>", 200, Cause::not_soap},
                        Case{"", 200, Cause::empty_inform_reply}, Case{"", 404, Cause::http_client_error},
                        Case{"", 500, Cause::http_server_error}, Case{"", 401, Cause::unauthorized}}) {
    const auto trouble = [&c](TimePoint now, transport::MemoryReply& instead) {
      instead.status = c.status;
      instead.body = c.body;
      return now.time_since_epoch() < 4s;
    };
    SimulatedFleet fleet(test::plan_of(kSmall, kUrl), {}, trouble);
    fleet.run();
    check_books(fleet);
    check_retry_counts(fleet);
    const auto causes = fleet.simulation.snapshot().by_tag(Id::sessions_failed);
    REQUIRE(causes.size() == 1);
    CHECK(causes.front().first == to_string(c.cause));
    for (const auto& [device, sessions] : fleet.log.by_device()) CHECK(sessions.back().cause == Cause::none);
  }
}

TEST_CASE("the same plan gives the same simulated run") {
  const auto play = [] {
    acs::Options options;
    options.refuse_share = 0.1;
    SimulatedFleet fleet(test::plan_of(kSmall, kUrl), options);
    fleet.run();
    std::vector<std::tuple<std::uint32_t, std::uint32_t, std::int64_t, std::int64_t>> out;
    for (const auto& s : fleet.log.sessions())
      out.emplace_back(s.device.group, s.device.index, s.planned.time_since_epoch().count(),
                       s.at.time_since_epoch().count());
    return out;
  };
  CHECK(play() == play());
}

TEST_CASE("devices' own pauses are counted apart and taken out of the latency") {
  const std::string slow = std::string(kSmall).replace(std::string(kSmall).find("count: 60"), 9,
                                                       "count: 60, pace: { rtt: 40ms, think: { default: 80ms } }");
  SimulatedFleet fleet(test::plan_of(slow, kUrl), {});
  fleet.run();
  check_books(fleet);
  metrics::Filter desks;
  desks.group = 0;
  CHECK(fleet.simulation.snapshot().durations(Id::session_duration, desks).quantile(0.99) < 40ms);
}

TEST_CASE("an off-line phase makes starts skipped and the fleet comes back after it") {
  const auto plan = test::plan_of(R"(
version: 1
name: outage
fleet: [ { group: desks, profile: gxp2170, count: 50, start: known } ]
phases:
  - { name: outage, do: offline, for: 30s }
  - { name: knocking, with: outage, do: periodic, arrivals: { constant: 10/s }, for: 10s }
  - { name: storm, do: boot, arrivals: { spike: { over: 20s, shape: bell } } }
)",
                                  kUrl);
  SimulatedFleet fleet(plan, {});
  fleet.run();
  check_books(fleet);
  CHECK(fleet.count(Id::sessions_skipped) == 100);
  CHECK(fleet.count(Id::sessions_done) == 50);
}

TEST_CASE("a link that two phases hold down comes back with the end of the later one") {
  const auto plan = test::plan_of(R"(
version: 1
name: outages
fleet: [ { group: desks, profile: gxp2170, count: 50, start: known } ]
phases:
  - { name: long, do: offline, for: 30s }
  - { name: short, with: long, do: offline, for: 10s }
  - { name: knocking, with: long, do: periodic, arrivals: { constant: 10/s }, for: 30s }
)",
                                  kUrl);
  SimulatedFleet fleet(plan, {});
  fleet.run();
  check_books(fleet);
  CHECK(fleet.count(Id::sessions_skipped) == 300);
}

TEST_CASE("starts due at a phase's end are carried out before the next phase cuts the link") {
  const auto plan = test::plan_of(R"(
version: 1
name: edge
fleet: [ { group: desks, profile: gxp2170, count: 20 } ]
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 10/s } } }
  - { name: outage, do: offline, for: 5s }
)",
                                  kUrl);
  SimulatedFleet fleet(plan, {});
  fleet.run();
  check_books(fleet);
  CHECK(fleet.count(Id::sessions_planned) == 20);
  CHECK(fleet.count(Id::sessions_started) == 20);
  CHECK(fleet.count(Id::devices) == 20);
}

TEST_CASE("a periodic timer that came due without a link counts from the link's return") {
  const auto plan = test::plan_of(R"(
version: 1
name: outage
fleet: [ { group: desks, profile: gxp2170, count: 20 } ]
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 100/s } } }
  - { name: outage, do: offline, for: 30s }
  - { name: after, for: 10s }
)",
                                  kUrl);
  acs::Options options;
  options.inform_interval = 5;
  SimulatedFleet fleet(plan, options);
  fleet.run();
  CHECK(fleet.count(Id::own_sessions) >= 20);
  CHECK(fleet.simulation.snapshot().durations(Id::session_duration).max() < 1s);
}

TEST_CASE("a fleet that may open only few sessions drops starts and says so") {
  engine::Simulation::Options options;
  options.max_channels = 2;
  acs::Options slow;
  slow.delay = 500ms;
  SimulatedFleet fleet(test::plan_of(kSmall, kUrl), slow, {}, options);
  fleet.run();
  check_books(fleet);
  CHECK(fleet.count(Id::sessions_dropped) > 0);
}

TEST_CASE("every scenario that ships runs in simulated time and passes its own thresholds") {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(CPEFLEET_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    CAPTURE(entry.path().string());
    names.insert(entry.path().stem().string());
    const auto plan = test::plan_of_file(entry.path().string(), kUrl);
#ifdef __SANITIZE_THREAD__
    if (plan->devices() > 100) continue;  // one thread only: nothing to find, and minutes to wait
#endif
    SimulatedFleet fleet(plan, {});
    fleet.run();
    check_books(fleet);
    check_retry_counts(fleet);
    CHECK(fleet.count(Id::sessions_failed) == 0);
    CHECK(fleet.core.totals().bad_requests == 0);
    const auto judged = metrics::judge(plan->thresholds, fleet.simulation.snapshot(), fleet.simulation.phase_lengths(),
                                       fleet.simulation.length());
    for (const auto& one : judged) CHECK_MESSAGE(one.passed, one.what, ": ", one.value);
  }
  CHECK(names.count("quickstart") == 1);
}

TEST_SUITE_END();
