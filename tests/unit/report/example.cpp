// SPDX-License-Identifier: Apache-2.0
#include "example.hpp"

#include "report/verdict.hpp"

using namespace cpefleet;
using namespace cpefleet::report;
using metrics::Id;
using metrics::kOutsidePhases;
using namespace std::chrono_literals;

namespace {

// `n` durations, evenly between, in thirty steps so that the golden files stay short.
metrics::Histogram spread(Duration from, Duration to, std::uint64_t n) {
  constexpr std::uint64_t kSteps = 30;
  metrics::Histogram h;
  for (std::uint64_t i = 0; i < kSteps; ++i)
    h.add(from + (to - from) * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(kSteps - 1),
          n / kSteps + (i < n % kSteps ? 1 : 0));
  return h;
}

metrics::Snapshot example_snapshot() {
  metrics::Snapshot s;
  const auto count = [&](Id id, std::uint32_t phase, std::uint32_t group, std::string tag, std::uint64_t n) {
    s.add({id, phase, group, std::move(tag)}, n);
  };
  count(Id::sessions_planned, 0, 0, "", 1000);
  count(Id::sessions_planned, 2, 0, "", 20'000);
  count(Id::sessions_started, 0, 0, "", 1000);
  count(Id::sessions_started, 2, 0, "", 19'120);
  count(Id::sessions_merged, 2, 0, "in_session", 700);
  count(Id::sessions_merged, 2, 0, "retry_wait", 120);
  count(Id::sessions_skipped, 2, 0, "offline", 40);
  count(Id::sessions_dropped, 2, 0, "max_lag", 20);
  count(Id::attempts, 0, 0, "", 1000);
  count(Id::attempts, 2, 0, "", 19'120);
  count(Id::attempts, kOutsidePhases, 0, "", 230);
  count(Id::attempts, kOutsidePhases, 1, "", 70);
  count(Id::retries, kOutsidePhases, 0, "", 230);
  count(Id::own_sessions, kOutsidePhases, 1, "periodic", 68);
  count(Id::own_sessions, kOutsidePhases, 1, "follow_up", 2);
  count(Id::sessions_done, 0, 0, "", 1000);
  count(Id::sessions_done, 2, 0, "", 18'900);
  count(Id::sessions_done, kOutsidePhases, 0, "", 230);
  count(Id::sessions_done, kOutsidePhases, 1, "", 70);
  count(Id::sessions_failed, 2, 0, "service_unavailable", 180);
  count(Id::sessions_failed, 2, 0, "reset", 38);
  count(Id::sessions_failed, 2, 0, "bad_xml", 1);
  s.set_gauge({Id::in_flight, kOutsidePhases, 0, ""}, 1);
  s.set_gauge({Id::devices, kOutsidePhases, 0, ""}, 20'100);
  s.add({Id::session_duration, 0, 0, ""}, spread(10ms, 20ms, 1000));
  s.add({Id::session_duration, 2, 0, ""}, spread(12ms, 4300ms, 18'900));
  s.add({Id::session_duration, kOutsidePhases, 1, ""}, spread(12ms, 300ms, 300));
  s.add({Id::session_duration_uncorrected, 2, 0, ""}, spread(11ms, 4200ms, 18'900));
  s.add({Id::failed_session_duration, 2, 0, ""}, spread(900us, 60s, 219));
  s.add({Id::start_lateness, 2, 0, ""}, spread(10us, 6ms, 19'120));
  s.add({Id::inform_time, 2, 0, ""}, spread(4ms, 900ms, 19'000));
  s.add({Id::connect_time, 2, 0, ""}, spread(100us, 3ms, 19'000));
  s.add({Id::reply_time, 2, 0, "Inform"}, spread(4ms, 900ms, 19'010));
  s.add({Id::reply_time, 2, 0, "empty"}, spread(2ms, 400ms, 18'950));
  s.add({Id::reply_time, 2, 0, "GetParameterValuesResponse"}, spread(3ms, 1200ms, 18'000));
  count(Id::connections, 2, 0, "", 19'500);
  count(Id::connections_reopened, 2, 0, "", 12);
  count(Id::posts, 2, 0, "", 56'000);
  count(Id::bytes_sent, 2, 0, "", 88'123'456);
  count(Id::bytes_received, 2, 0, "", 44'000'123);
  count(Id::rpcs, 2, 0, "GetParameterValues", 18'000);
  count(Id::rpcs, 2, 0, "SetParameterValues", 950);
  count(Id::rpcs, 2, 0, "Reboot", 3);
  count(Id::cpe_rpcs, 2, 0, "Inform", 19'000);
  count(Id::cpe_rpcs, 2, 0, "TransferComplete", 4);
  count(Id::faults_sent, 2, 0, "9005", 7);
  count(Id::faults_received, 2, 0, "8002", 1);
  count(Id::events_delivered, 2, 0, "1 BOOT", 19'000);
  count(Id::events_delivered, 2, 0, "2 PERIODIC", 68);
  count(Id::http_challenges, 2, 0, "", 19'000);
  count(Id::findings, 2, 0, "H-6", 19'000);
  count(Id::caps_hit, 2, 0, "session_time", 1);
  s.set_unmeasured({true, false, false});
  return s;
}

}  // namespace

RunResults example_results() {
  RunResults r;
  r.scenario = "evening-blackout";
  r.file = "scenarios/evening-blackout.yaml";
  r.acs_url = "https://acs.example:7547/cwmp";
  r.seed = 42;
  r.threads = 2;
  r.version = "0.1.0";
  r.wall_start = WallTime{1'795'395'723'000'045us};
  r.duration = 12min + 31s + 250ms;
  r.devices = 20'100;
  r.groups = {"desks", "atas"};
  r.phases = {{"enrol", false, 0s, 25s, false},
              {"outage", true, 25s, 2min, false},
              {"storm", true, 145s, 3min, false},
              {"settle", true, 325s, 7min, true},
              {"never-reached", true, {}, 0s, false}};
  r.snapshot = example_snapshot();
  r.thresholds = {{"session_duration{phase=storm} p99 < 4s", "4.26s", false, false, false},
                  {"session_duration{phase=storm} p50 < 3s", "2.16s", true, false, false},
                  {"sessions_failed share < 2%", "1.07%", true, false, false},
                  {"session_duration{phase=settle} p99 < 1s", "no data", false, true, false}};
  r.health.cpu = {0.62, 0.885};
  r.health.loop_lag_p99 = 1200us;
  r.health.descriptors_used = 1234;
  r.health.descriptors_limit = 65'536;
  fill_from_snapshot(r.health, r.snapshot);
  judge_health(r.health);
  r.failures = {{"service_unavailable", "503 Service Unavailable, Retry-After 5", "000B82-000b82000011"},
                {"service_unavailable", "503 Service Unavailable", "000B82-000b82000012"},
                {"reset", "connection reset by peer after \"Inform\"\r\nwith a second line", "000B82-000b82000013"}};
  r.warnings = {"group atas: 100 devices share 1 source address"};
  r.acs_totals = {{"informs", 19'000}, {"devices known", 20'100}};
  r.exit_codes = verdict(r, {});
  return r;
}
