// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "datamodel/schema.hpp"

namespace cpefleet::profile {

// How lines of a model behave; none of it is known of real devices, so all of it is assumed unless a profile says more.
struct VoiceBehaviour {
  Duration registering = std::chrono::seconds{2};  // Line.Status is Registering for so long
  double failing = 0;                              // share of registrations that end in Error
};

// Where the voice parameters (TR-104) of a schema are; kNoNode for what the model does not have. Looked up once.
struct VoiceNodes {
  VoiceNodes() = default;
  explicit VoiceNodes(const datamodel::Schema& schema);

  [[nodiscard]] bool any() const { return status != datamodel::kNoNode; }

  using Id = datamodel::NodeId;
  static constexpr Id kNone = datamodel::kNoNode;
  Id profile_enable = kNone, reset = kNone, registrar = kNone, proxy = kNone;  // of VoiceProfile
  Id enable = kNone, status = kNone, call_state = kNone;                       // of Line
  Id session = kNone, session_start = kNone, session_duration = kNone;         // the table of calls
  Id stats = kNone, reset_statistics = kNone;                                  // the object Line.Stats
  bool on_by_default = false;  // a line may be on without anybody having written to the device
};

}  // namespace cpefleet::profile
