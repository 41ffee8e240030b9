// SPDX-License-Identifier: Apache-2.0
#include "scenario/starts.hpp"

#include <algorithm>

#include "base/rng.hpp"

namespace cpefleet::scenario {
namespace {

[[nodiscard]] std::vector<std::uint64_t> group_ends(const Plan& plan, const Phase& phase) {
  std::vector<std::uint64_t> ends;
  std::uint64_t sum = 0;
  for (const std::uint32_t group : phase.groups) ends.push_back(sum += plan.fleet[group].group->count);
  return ends;
}

[[nodiscard]] std::optional<load::Schedule> schedule_of(const Plan& plan, const Phase& phase) {
  if (!phase.arrivals) return std::nullopt;
  // `until` may end a phase at any time; what is planned is what fits into `max`.
  return load::Schedule(*phase.arrivals, phase.devices(plan.fleet), phase.length ? phase.length : phase.max);
}

[[nodiscard]] Duration saturated_sum(Duration a, Duration b) {
  return a > Duration::max() - b ? Duration::max() : a + b;
}

// The phase that this one and others hang on by `with`; itself when it hangs on none.
[[nodiscard]] std::size_t leader(const Plan& plan, std::size_t phase) {
  while (plan.phases[phase].with) phase = *plan.phases[phase].with;  // always to an earlier one: it ends
  return phase;
}

}  // namespace

PhaseStarts::PhaseStarts(const Plan& plan, std::size_t phase)
    : phase_(&plan.phases[phase]),
      ends_(group_ends(plan, *phase_)),
      order_(draw(plan.seed, Stream::arrival_permutation, phase), devices()),
      schedule_(schedule_of(plan, *phase_)) {}

std::optional<PhaseStarts::Start> PhaseStarts::at(std::uint64_t k) const {
  const std::uint64_t all = devices();
  if (!schedule_ || all == 0) return std::nullopt;
  const auto offset = schedule_->at(k);
  if (!offset) return std::nullopt;
  const std::uint64_t device = order_.of(k % all);
  const auto end = std::upper_bound(ends_.begin(), ends_.end(), device);
  const auto place = static_cast<std::size_t>(end - ends_.begin());
  const std::uint64_t first = place == 0 ? 0 : ends_[place - 1];
  return Start{*offset, phase_->groups[place], static_cast<std::uint32_t>(device - first)};
}

std::vector<std::uint32_t> predecessors(const Plan& plan, std::size_t phase) {
  const Phase& self = plan.phases[phase];
  if (phase == 0 || self.at || self.with) return {};
  const std::size_t lead = leader(plan, phase - 1);
  std::vector<std::uint32_t> together;
  for (std::size_t i = 0; i < phase; ++i) {
    if (leader(plan, i) == lead) together.push_back(static_cast<std::uint32_t>(i));
  }
  return together;
}

std::optional<Duration> planned_length(const Plan& plan, std::size_t phase) {
  const Phase& self = plan.phases[phase];
  if (self.length) return self.length;
  if (self.until) return std::nullopt;
  const auto schedule = schedule_of(plan, self);
  return schedule ? schedule->length() : Duration{};
}

std::vector<std::optional<Duration>> timeline(const Plan& plan) {
  std::vector<std::optional<Duration>> starts(plan.phases.size());
  for (std::size_t i = 0; i < plan.phases.size(); ++i) {
    const Phase& phase = plan.phases[i];
    if (phase.with) {
      starts[i] = starts[*phase.with];
    } else if (phase.at) {
      starts[i] = *phase.at;
    } else {
      Duration begin{};
      bool known = true;
      for (const std::uint32_t before : predecessors(plan, i)) {
        const auto length = planned_length(plan, before);
        known = known && starts[before] && length;
        if (known) begin = std::max(begin, saturated_sum(*starts[before], *length));
      }
      if (known) starts[i] = begin;
    }
  }
  return starts;
}

std::optional<Duration> planned_end(const Plan& plan) {
  const auto starts = timeline(plan);
  Duration end{};
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto length = planned_length(plan, i);
    if (!starts[i] || !length) return std::nullopt;
    end = std::max(end, saturated_sum(*starts[i], *length));
  }
  return end;
}

}  // namespace cpefleet::scenario
