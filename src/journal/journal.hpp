// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "journal/cause.hpp"

// The journal: one typed stream of everything that happens in a session. Written by the session machine and the engine,
// read by metrics, transcripts, expectations, findings, the device's log and coverage. An entry is a view: it is valid
// only during the call that delivers it; a reader that keeps something copies it. No entry holds a secret: bodies are
// passed through redaction by readers that store them (journal/redact.hpp), headers are not part of it.
namespace cpefleet::journal {

// Which device, in which part of the fleet. `group` indexes the plan's groups, `index` counts within the group from 0.
struct DeviceRef {
  std::uint32_t group = 0;
  std::uint32_t index = 0;
  friend bool operator==(const DeviceRef&, const DeviceRef&) = default;
};

enum class Direction : std::uint8_t { to_acs, from_acs };

// The session's first entry. `planned` is when it should have begun: a planned start, the end of a retry wait, the due
// time of a timer. Latency runs from it.
struct SessionStarted {
  TimePoint planned;
  std::string_view trigger;  // "phase", "retry", "periodic", "scheduled", ...
  std::uint32_t retry_count = 0;
};
struct Connected {
  std::string_view origin;  // scheme://host:port
  bool reopened = false;    // after the ACS closed cleanly in the middle of the session
  Duration took{};          // TCP and TLS; 0 where the transport cannot tell
};
struct Sent {
  std::string_view message;  // "Inform", "GetParameterValuesResponse", "Fault", "" for the empty POST
  std::string_view body;
};
struct Received {
  std::string_view message;  // the POST it answers, as in Sent
  int status = 0;
  std::string_view body;
  Duration waited{};  // from the POST handed to the transport to the whole reply
};
// One RPC, when its answer is known. `from_acs`: the ACS asked, the device answered; `to_acs`: the other way round.
struct Rpc {
  std::string_view method;
  Direction direction = Direction::from_acs;
  int fault = 0;    // FaultCode of the answer, 0 for success
  Duration took{};  // to_acs only: until the answer came
};
// The ACS acknowledged a TransferComplete or AutonomousTransferComplete.
struct TransferTold {
  int fault = 0;  // FaultCode as it was sent; 0: the transfer went well
};
struct InformAccepted {
  std::vector<std::string_view> events;  // event codes that this Inform delivered
};
struct Challenged {
  std::string_view scheme;  // "Basic", "Digest"
  bool stale = false;
};
struct Redirected {
  int status = 0;
  std::string_view to;
};
// Something the ACS did against the standard.
struct Finding {
  std::string_view rule;  // an item of the checklist: "H-6", "E-7"
  std::string_view what;
};
// A cap against endless sessions was reached.
struct CapHit {
  std::string_view cap;  // "rpcs_per_session", "session_time", "message_size"
};
struct Paced {
  Duration pause{};  // the device's own think or link time, taken out of the ACS's latency
};
// The session's last entry. `cause` is Cause::none for a session that ended as it should.
struct Ended {
  Cause cause = Cause::none;
  std::string_view detail;  // for people; bounded, free of secrets
  TimePoint planned;
  TimePoint started;
  Duration paced{};
  std::uint32_t rpcs = 0;
};

using Entry = std::variant<SessionStarted, Connected, Sent, Received, Rpc, TransferTold, InformAccepted, Challenged,
                           Redirected, Finding, CapHit, Paced, Ended>;

// What is known of the session an entry belongs to. Tags are indices into the plan, so that no reader builds strings.
struct Context {
  DeviceRef device;
  std::uint32_t phase = 0;    // index of the phase that started it; kNoPhase for the device's own
  std::uint64_t session = 0;  // unique within the run
  TimePoint at;
  TimePoint planned{};  // as in SessionStarted
};
constexpr std::uint32_t kNoPhase = 0xffffffff;

// A reader. Thread: the shard of the device; never called from two threads.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void on_entry(const Context& context, const Entry& entry) = 0;
};

}  // namespace cpefleet::journal
