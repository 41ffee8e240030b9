// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace cpefleet::report {

// How a run ends, for the shell (DESIGN 3).
enum class ExitCode : int {
  passed = 0,
  expectation_failed = 1,
  usage = 2,
  aborted = 97,
  generator_bottleneck = 98,
  threshold_failed = 99,
  bad_configuration = 104,  // scenario, profile or configuration
  interrupted = 105,
  incomplete = 106,
  internal_error = 107,
};

[[nodiscard]] constexpr int value(ExitCode code) { return static_cast<int>(code); }
// In one line, for people: "a threshold failed".
[[nodiscard]] std::string_view meaning(ExitCode code);
// Where several hold: 107, 104, 105, 98, 97, 106, 99, 1; `passed` when there is none.
[[nodiscard]] ExitCode foremost(std::span<const ExitCode> codes);
// In that order, each once.
[[nodiscard]] std::vector<ExitCode> in_order(std::span<const ExitCode> codes);

}  // namespace cpefleet::report
