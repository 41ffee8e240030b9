// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "datamodel/model.hpp"
#include "device/stimulus.hpp"
#include "profile/profile.hpp"

namespace cpefleet::device {

// What voice does to the data model of one device (TR-104): lines register, calls come and go. Exists only for devices
// with an enabled line; holds no model, is given one for each call. Its values are the device's own changes: the highest
// notification among what changed is returned. Thread: the shard.
//
//   Line.Status     Disabled ─ enabled ─▶ Registering ─▶ Up or Error (by profile)
//   Line.CallState  Idle ─▶ Calling or Ringing ─▶ InCall ─▶ Idle
class Voice {
 public:
  using Nodes = profile::VoiceNodes;
  struct Time {
    TimePoint now;
    WallTime wall;
    std::uint64_t random = 0;  // for the draws of this step
  };

  explicit Voice(const Nodes& nodes) : nodes_(&nodes) {}

  // Brings every line to what its Enable says now (T-3, T-4): after a boot, after an ACS wrote. A line that is switched
  // off loses its calls.
  std::uint8_t refresh(datamodel::Model& model, const profile::VoiceBehaviour& how, const Time& time);
  // All lines of one profile register anew (VoiceProfile.Reset).
  std::uint8_t reset_profile(datamodel::Model& model, datamodel::Instance service, datamodel::Instance profile,
                             const profile::VoiceBehaviour& how, const Time& time);
  // False when no line is up and free.
  [[nodiscard]] bool start_call(datamodel::Model& model, const fleet::CallPlan& plan, const Time& time,
                                std::uint8_t& notification);
  std::uint8_t end_calls(datamodel::Model& model, const Time& time);

  [[nodiscard]] TimePoint next_due() const;
  std::uint8_t on_timer(datamodel::Model& model, const profile::VoiceBehaviour& how, const Time& time);
  // SessionDuration of the calls under way, before an ACS reads it.
  void update_durations(datamodel::Model& model, TimePoint now) const;

  [[nodiscard]] bool in_call() const { return !calls_.empty(); }
  [[nodiscard]] bool idle() const { return calls_.empty() && registering_.empty(); }
  [[nodiscard]] std::size_t heap_bytes() const {
    return calls_.capacity() * sizeof(Call) + registering_.capacity() * sizeof(Registering);
  }

  // Nothing of this outlives a restart (B-2): rows of calls go, states start over, statistics count from zero.
  static void forget(datamodel::Model& model, const Nodes& nodes);
  // The rows of calls go and states start over, the statistics stay: nobody was there to hold a call.
  static void drop_calls(datamodel::Model& model, const Nodes& nodes);

 private:
  struct Registering {
    datamodel::Instances line{};
    TimePoint due;
  };
  struct Call {
    datamodel::Instances line{};
    datamodel::Instance row = 0;  // in Session; 0 until answered
    TimePoint due;                // of the answer, then of the end
    TimePoint answered_at = kNever;
    fleet::CallPlan plan;
  };
  std::uint8_t answer(datamodel::Model& model, Call& call, const Time& time);
  std::uint8_t finish(datamodel::Model& model, const Call& call, const Time& time);
  [[nodiscard]] bool line_in_call(const datamodel::Instances& line) const;
  std::uint8_t set_call_state(datamodel::Model& model, const datamodel::Instances& line) const;

  const Nodes* nodes_;  // the firmware's
  std::vector<Registering> registering_;
  std::vector<Call> calls_;
};

}  // namespace cpefleet::device
