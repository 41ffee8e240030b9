// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "load/arrivals.hpp"
#include "scenario/plan.hpp"

// What a plan says about when things start. Pure functions of the plan: the same for any number of threads.
namespace cpefleet::scenario {

// The planned starts of one phase. Thread: any. The plan outlives it.
class PhaseStarts {
 public:
  PhaseStarts(const Plan& plan, std::size_t phase);

  struct Start {
    Duration offset{};        // after the phase's start
    std::uint32_t group = 0;  // number of the group
    std::uint32_t index = 0;  // of the device in its group
  };
  // Empty when there is no start k; a phase without arrivals has none.
  [[nodiscard]] std::optional<Start> at(std::uint64_t k) const;
  [[nodiscard]] std::uint64_t total() const { return schedule_ ? schedule_->total() : 0; }
  // Starts before `elapsed` after the phase's start.
  [[nodiscard]] std::uint64_t before(Duration elapsed) const { return schedule_ ? schedule_->before(elapsed) : 0; }
  [[nodiscard]] std::uint64_t devices() const { return ends_.empty() ? 0 : ends_.back(); }

 private:
  const Phase* phase_;
  std::vector<std::uint64_t> ends_;  // of each group of the selection: the devices up to and with it
  load::Permutation order_;
  std::optional<load::Schedule> schedule_;
};

// The phases that must have ended before this one begins. None for the first, and for one placed by `at` or `with`.
// Else the one before it in the file, together with all phases that one was started with.
[[nodiscard]] std::vector<std::uint32_t> predecessors(const Plan& plan, std::size_t phase);

// How long a phase lasts: its `for`, or else until its last planned start. Empty when that shows only in the run
// (`until`).
[[nodiscard]] std::optional<Duration> planned_length(const Plan& plan, std::size_t phase);

// When each phase begins; empty where it shows only in the run.
[[nodiscard]] std::vector<std::optional<Duration>> timeline(const Plan& plan);

// The end of the last phase; empty where it shows only in the run.
[[nodiscard]] std::optional<Duration> planned_end(const Plan& plan);

}  // namespace cpefleet::scenario
