// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "metrics/snapshot.hpp"

namespace cpefleet::metrics {

// `p99 < 4s`, `share < 0.5%`, `count == 0`, `rate >= 100/s`, `max <= 1m`, `mean`, `min`, `p99.9`.
struct Condition {
  enum class Stat : std::uint8_t { count, share, rate, mean, min, max, quantile };
  enum class Op : std::uint8_t { lt, le, eq, ne, ge, gt };
  Stat stat = Stat::count;
  double q = 0;  // Stat::quantile: 0.99
  Op op = Op::lt;
  double bound = 0;    // seconds for durations, fraction for shares, per second for rates
  std::string text;    // as written
  bool abort = false;  // a failure ends the run
  Duration after{};    // ... not before this time into the run (or the phase)
};

[[nodiscard]] bool holds(Condition::Op op, double value, double bound);

[[nodiscard]] bool holds(Condition::Op op, double value, double bound);
[[nodiscard]] std::string_view to_string(Condition::Op op);

// Knows which stats fit which kind of metric; the error names the ones that do.
[[nodiscard]] Result<Condition> parse_condition(std::string_view text, Id metric);

struct Threshold {
  Id metric{};
  Filter filter;
  std::string phase;  // names, for the report
  std::string group;
  std::vector<Condition> conditions;
};

struct Judged {
  std::string what;   // "session_duration{phase=storm} p99 < 4s"
  std::string value;  // "3.2s"
  bool passed = false;
  bool no_data = false;  // nothing was measured: a duration threshold without data fails, and says so
  bool abort = false;    // failed, has data, asked to end the run, and `after` is over
};

// `elapsed`: length of the run, or of the phase when the filter names one; for rates and Condition::after.
// `share` of a sessions_* counter is over sessions_planned (failed, done: over attempts); of rpcs over all rpcs; of a
// gauge over devices. A share of nothing has no data either.
[[nodiscard]] std::vector<Judged> judge(const std::vector<Threshold>& thresholds, const Snapshot& snapshot,
                                        const std::vector<Duration>& phase_lengths, Duration run_length);

}  // namespace cpefleet::metrics
