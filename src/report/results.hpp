// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "metrics/snapshot.hpp"
#include "metrics/threshold.hpp"
#include "report/exit_code.hpp"

// Everything that is known of a finished run. Plain values, filled in by who ran it; summary.hpp and json.hpp show them.
namespace cpefleet::report {

using NamedCounts = std::vector<std::pair<std::string, std::uint64_t>>;

struct PhaseResult {
  std::string name;
  bool measured = true;
  std::optional<Duration> started_at;  // into the run; empty when it never began
  Duration length{};
  bool timed_out = false;  // its `until` did not come true within `max`
};

// Was the generator able to do what it had planned? verdict.hpp judges it.
struct GeneratorHealth {
  std::vector<double> cpu;  // per shard, as a fraction of one core
  Duration lateness_p50{};  // of starts
  Duration lateness_p99{};
  Duration lateness_max{};
  std::uint64_t starts = 0;  // how many the lateness is of
  Duration loop_lag_p99{};
  std::uint64_t descriptors_used = 0;  // sessions at one time at most: each has a connection
  std::uint64_t descriptors_limit = 0;
  std::uint64_t no_descriptor = 0;  // sessions that failed for want of one
  std::uint64_t planned = 0;
  NamedCounts dropped;               // by reason
  bool in_flight_is_users = false;   // the in-flight limit is the scenario's own: reaching it is no fault of ours
  bool bottleneck = false;           // the result is void
  std::vector<std::string> reasons;  // why
  std::vector<std::string> notes;    // what was near it
};

// One failed session, so that a number can be understood.
struct FailureSample {
  std::string cause;   // a name of journal/cause.hpp
  std::string detail;  // free of secrets
  std::string device;  // its id
};

struct RunResults {
  std::string scenario;
  std::string file;
  std::string acs_url;  // without secrets
  std::uint64_t seed = 0;
  std::uint32_t threads = 1;
  std::string version;  // of cpefleet
  WallTime wall_start{};
  Duration duration{};
  std::uint64_t devices = 0;
  std::vector<std::string> groups;  // names, by index
  std::vector<PhaseResult> phases;  // by index
  metrics::Snapshot snapshot;
  std::vector<metrics::Judged> thresholds;
  GeneratorHealth health;
  std::vector<FailureSample> failures;  // a few of each cause
  std::vector<std::string> warnings;
  NamedCounts acs_totals;            // what the built-in ACS counted, when it was there
  std::vector<ExitCode> exit_codes;  // those that hold; none: passed
};

}  // namespace cpefleet::report
