// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "base/text.hpp"
#include "scenario/loading.hpp"
#include "scenario/starts.hpp"

// What is right and will run, but may not be what was meant.
namespace cpefleet::scenario {
namespace {

constexpr double kHighRate = 10'000;  // starts a second beyond which few generators and hardly an ACS follow

[[nodiscard]] bool starts_sessions(const Phase& phase) { return phase.arrivals.has_value(); }

// The highest rate that arrivals reach.
[[nodiscard]] double peak(const load::Arrivals& arrivals, std::uint64_t devices) {
  if (const auto* once = std::get_if<load::Once>(&arrivals)) return once->rate.per_second;
  if (const auto* constant = std::get_if<load::Constant>(&arrivals)) return constant->rate.per_second;
  if (const auto* ramp = std::get_if<load::Ramp>(&arrivals)) {
    double highest = ramp->from.per_second;
    for (const auto& leg : ramp->legs) highest = std::max(highest, leg.to.per_second);
    return highest;
  }
  const auto& spike = std::get<load::Spike>(arrivals);
  const double mean = static_cast<double>(devices) / std::chrono::duration<double>(spike.over).count();
  switch (spike.shape) {
    case load::Spike::Shape::flat: return mean;
    case load::Spike::Shape::bell: return 2 * mean;       // a raised cosine
    case load::Spike::Shape::front: return 3.157 * mean;  // three time constants: 3 / (1 - e^-3)
  }
  return mean;
}

void look_at_arrivals(const Plan& plan, std::size_t number, Loading& loading) {
  const Phase& phase = plan.phases[number];
  const PhaseStarts starts(plan, number);
  const std::uint64_t devices = starts.devices();
  const double highest = peak(*phase.arrivals, devices);
  if (highest > kHighRate) {
    loading.warn(fmt::format("phase {} plans up to {} starts a second; `cpefleet plan` says what that takes",
                             phase.name, format_count(static_cast<std::uint64_t>(highest))));
  }
  const bool visits_once =
      std::holds_alternative<load::Once>(*phase.arrivals) || std::holds_alternative<load::Spike>(*phase.arrivals);
  if (visits_once && starts.total() < devices) {
    loading.warn(fmt::format("phase {} ends before every device had its turn: {} of {}", phase.name,
                             format_count(starts.total()), format_count(devices)));
  }
  if (!visits_once && starts.total() > devices) {
    loading.warn(fmt::format("phase {} plans {} starts for {} devices: some come more than once", phase.name,
                             format_count(starts.total()), format_count(devices)));
  }
}

}  // namespace

void find_surprises(Loading& loading) {
  const Plan& plan = loading.plan;
  std::set<std::uint32_t> seen;
  for (std::size_t i = 0; i < plan.phases.size(); ++i) {
    const Phase& phase = plan.phases[i];
    if (!starts_sessions(phase)) continue;
    look_at_arrivals(plan, i, loading);
    for (const std::uint32_t group : phase.groups) {
      const bool first = seen.insert(group).second;
      if (first && phase.doing.what != Doing::What::boot && !plan.fleet[group].group->start_known) {
        loading.warn(
            fmt::format("phase {} is the first contact of group {}, so its sessions are bootstraps; add a phase "
                        "of `do: boot` before, or `start: known`",
                        phase.name, plan.fleet[group].group->name));
      }
    }
  }
  for (const GroupPlan& group : plan.fleet) {
    if (!seen.contains(group.group->number)) {
      loading.warn(fmt::format("no phase starts sessions of group {}", group.group->name));
    }
  }
}

}  // namespace cpefleet::scenario
