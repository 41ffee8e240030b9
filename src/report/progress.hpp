// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace cpefleet::report {

// Where a run stands.
struct Progress {
  Duration elapsed{};
  std::string phase;                 // "" between phases
  std::optional<double> phase_done;  // fraction; empty when its end is not known
  std::uint64_t devices = 0;
  std::uint64_t started = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  double rate = 0;  // sessions ended per second, over the last second
  Duration p99{};   // of session_duration so far; 0 = none ended yet
  std::uint64_t backlog = 0;
  std::uint64_t files = 0;       // on their way
  std::uint64_t file_bytes = 0;  // moved so far; 0: there were none
};

// One line without its end, at most 100 columns: what has no room is left out, devices and started first.
[[nodiscard]] std::string progress_line(const Progress& progress);

}  // namespace cpefleet::report
