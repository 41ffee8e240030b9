// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace cpefleet::transport {

// Holds one transfer to a speed: after each piece it rests for as long as the piece should have taken. (The limits that
// libcurl 7.88 has let 1.6 MB through at once, then nothing for a long time.) Pure.
class Pace {
 public:
  [[nodiscard]] std::uint64_t speed() const { return speed_; }  // bytes per second; 0 for no limit
  // What is left of a rest becomes shorter or longer with it.
  void set_speed(TimePoint now, std::uint64_t speed) {
    if (ready_ > now && speed_ != speed) {
      const double left = static_cast<double>((ready_ - now).count()) * static_cast<double>(speed_);
      ready_ = speed == 0 ? now : now + Duration{static_cast<Duration::rep>(left / static_cast<double>(speed))};
    }
    speed_ = speed;
  }
  // When the next piece may be moved.
  [[nodiscard]] TimePoint ready() const { return ready_; }
  void moved(TimePoint now, std::uint64_t bytes) {
    if (speed_ == 0) return;
    const double nanoseconds = static_cast<double>(bytes) * 1e9 / static_cast<double>(speed_);
    ready_ = std::max(ready_, now - kCatchUp) + Duration{static_cast<Duration::rep>(nanoseconds)};
  }

 private:
  // Timers are late: so much of that is made good.
  static constexpr Duration kCatchUp = std::chrono::milliseconds{50};

  std::uint64_t speed_ = 0;
  TimePoint ready_{};
};

}  // namespace cpefleet::transport
