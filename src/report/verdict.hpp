// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "report/exit_code.hpp"
#include "report/results.hpp"

namespace cpefleet::report {

// What happened to the run that its results cannot show.
struct Incidents {
  bool aborted = false;      // by a threshold or a time limit
  bool interrupted = false;  // by a signal
  bool incomplete = false;   // results could not be written
  bool internal_error = false;
  bool expectation_failed = false;
};

// Fills lateness, starts, planned and dropped from the snapshot.
void fill_from_snapshot(GeneratorHealth& health, const metrics::Snapshot& snapshot);
// Sets bottleneck, reasons and notes from the other members.
void judge_health(GeneratorHealth& health);
// The exit codes that hold, the foremost first; empty when the run passed. `results.health` and `results.thresholds` must
// be judged.
[[nodiscard]] std::vector<ExitCode> verdict(const RunResults& results, const Incidents& incidents);

}  // namespace cpefleet::report
