// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace cpefleet {

using Duration = std::chrono::nanoseconds;

// Time since the start of the run. Monotonic, shared by all shards; simulated in tests.
struct RunClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<RunClock, duration>;
  static constexpr bool is_steady = true;
};
using TimePoint = RunClock::time_point;
constexpr TimePoint kNever = TimePoint::max();

// UTC.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

// The only source of time below sim/. Thread: any; implementations are safe to read from several threads.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  // The wall clock at the start of the run.
  [[nodiscard]] virtual WallTime wall_start() const = 0;

  [[nodiscard]] WallTime wall(TimePoint at) const {
    return wall_start() + std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch());
  }
};

// A clock that stands until it is told to move. For tests and simulated runs.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime{std::chrono::seconds{1'767'225'600}}) : start_(start) {}
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall_start() const override { return start_; }
  void advance(Duration by) { now_ += by; }
  void set(TimePoint to) { now_ = to; }

 private:
  WallTime start_;
  TimePoint now_{};
};

}  // namespace cpefleet
