// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "device/stimulus.hpp"
#include "engine/shard.hpp"
#include "scenario/starts.hpp"

namespace cpefleet::engine {

// One phase on one shard: takes the planned starts one after another, at their time, and hands on those that concern a
// device of this shard. Every shard walks the whole sequence, which is what makes it the same for any number of them.
// Owned by the shard. Thread: the shard.
class PhaseRunner {
 public:
  // `at`: the phase's start. Does what the phase does at its beginning (link down, timers held).
  PhaseRunner(Shard& shard, std::uint32_t phase, TimePoint at);
  ~PhaseRunner();
  // Ends the phase at that time, at once when it has come.
  void end_at(TimePoint at);
  // Carries out every start planned until `at`, and the end when it is not later.
  void settle(TimePoint at);
  // Starts that are due are still carried out, in the shard's turns; then link up, timers running.
  void end();
  // Ends it now: what was due and not carried out is dropped, and counted so.
  void give_up();
  // Whether it is still to begin, or has a start to carry out, that was due by then.
  [[nodiscard]] bool behind(TimePoint at) const;

 private:
  void begin();
  void close();
  void release();
  enum class Until : std::uint8_t { turn_is_full, all_done };
  // Carries out the starts planned until `limit`.
  void due(TimePoint limit, Until until);

  Shard& shard_;
  std::uint32_t phase_;
  const scenario::Phase& what_;
  TimePoint at_;
  std::optional<scenario::PhaseStarts> starts_;
  std::uint64_t next_ = 0;
  device::Stimulus stimulus_;
  bool begun_ = false;
  TimePoint ends_ = kNever;
  std::optional<TimePoint> over_at_;  // ended; starts due until then are still carried out
  bool closed_ = false;               // those, too
  Callback timer_;
  Callback end_timer_;
};

}  // namespace cpefleet::engine
