// SPDX-License-Identifier: Apache-2.0
#include "engine/director.hpp"

#include <algorithm>

#include "scenario/starts.hpp"

namespace cpefleet::engine {

Director::Director(const scenario::Plan& plan, TimePoint origin)
    : plan_(plan), origin_(origin), states_(plan.phases.size()) {
  plan_beginnings();
}

// A phase begins `at` its time, `with` another one, or when those it follows have ended.
void Director::plan_beginnings() {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    auto& state = states_[i];
    if (state.begins) continue;
    const auto& what = plan_.phases[i];
    if (what.at) {
      state.begins = origin_ + *what.at;
    } else if (what.with) {
      state.begins = states_[*what.with].begins;
    } else {
      TimePoint last = origin_;
      bool known = true;
      for (const auto j : scenario::predecessors(plan_, i)) {
        known = known && states_[j].ends.has_value();
        if (states_[j].ends) last = std::max(last, *states_[j].ends);
      }
      if (known) state.begins = last;
    }
    if (state.begins && !state.ends) {
      if (const auto lasts = scenario::planned_length(plan_, i)) state.ends = *state.begins + *lasts;
    }
  }
}

std::vector<Director::Command> Director::tick(TimePoint now, const Gauge& gauge) {
  std::vector<Command> commands;
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    auto& state = states_[i];
    const auto& what = plan_.phases[i];
    if (!state.begun && state.begins && *state.begins <= now + kAhead) {
      state.begun = true;
      commands.push_back({true, i, *state.begins});
    }
    if (!state.begun || state.ended || now < *state.begins) continue;
    if (what.until) {
      const auto devices = std::max<std::uint64_t>(what.devices(plan_.fleet), 1);
      auto value = static_cast<double>(gauge(what));
      if (what.until->condition.stat == metrics::Condition::Stat::share) value /= static_cast<double>(devices);
      const bool reached = metrics::holds(what.until->condition.op, value, what.until->condition.bound);
      state.timed_out = !reached && now >= *state.begins + what.max.value_or(Duration{});
      if (reached || state.timed_out) state.ends = now;
    }
    if (state.ends && !state.end_told && *state.ends <= now + kAhead) {
      state.end_told = true;
      commands.push_back({false, i, *state.ends});
      plan_beginnings();
    }
    state.ended = state.ends && *state.ends <= now;
  }
  return commands;
}

bool Director::finished() const {
  return std::all_of(states_.begin(), states_.end(), [](const State& s) { return s.ended; });
}

std::vector<Duration> Director::lengths(TimePoint now) const {
  std::vector<Duration> out;
  for (const auto& state : states_) {
    const bool begun = state.begun && *state.begins <= now;
    out.push_back(begun ? (state.ended ? *state.ends : now) - *state.begins : Duration{});
  }
  return out;
}

void Director::stop(TimePoint now) {
  for (auto& state : states_) {
    if (state.ended) continue;
    state.ended = true;
    state.ends = state.begun ? std::max(now, *state.begins) : now;
  }
}

}  // namespace cpefleet::engine
