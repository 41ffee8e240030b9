// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "scenario/plan.hpp"

namespace cpefleet::engine {

// Decides when phases begin and end. Knows time and gauges, nothing of threads: the run asks it now and then and passes
// its commands on to the shards. Thread: the run's.
class Director {
 public:
  struct Command {
    bool begin = true;
    std::uint32_t phase = 0;
    TimePoint at;
  };
  // The value now of what the phase's `until` waits for, over its groups.
  using Gauge = std::function<std::uint64_t(const scenario::Phase&)>;

  // Phase times count from `origin`, which is when the run begins.
  Director(const scenario::Plan& plan, TimePoint origin);
  [[nodiscard]] TimePoint origin() const { return origin_; }

  // Everything that is to be told to the shards now. Beginnings and ends are told kAhead before their time where it is
  // known, so that nothing is late because of the asking.
  [[nodiscard]] std::vector<Command> tick(TimePoint now, const Gauge& gauge);
  static constexpr Duration kAhead = std::chrono::milliseconds{250};

  [[nodiscard]] bool finished() const;
  // How long each phase has lasted until now; 0 for one that has not begun.
  [[nodiscard]] std::vector<Duration> lengths(TimePoint now) const;
  // Ends everything now (an interrupt).
  void stop(TimePoint now);

  struct State {
    std::optional<TimePoint> begins;  // known, perhaps in the future
    std::optional<TimePoint> ends;    // planned or actual
    bool begun = false;
    bool ended = false;
    bool end_told = false;
    bool timed_out = false;  // `until` did not come true before `max`
  };
  [[nodiscard]] const std::vector<State>& states() const { return states_; }

 private:
  void plan_beginnings();

  const scenario::Plan& plan_;
  TimePoint origin_;
  std::vector<State> states_;
};

}  // namespace cpefleet::engine
