// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "cwmp/messages.hpp"
#include "datamodel/delta.hpp"
#include "state/delta_codec.hpp"

// What a device remembers over a kill of the program, and its bytes in the state file.
namespace cpefleet::state {

// Times in a record are between these, so that differences of two fit into a Duration; encode() moves others to the
// nearer one. A ScheduleInform lies at most 136 years ahead.
constexpr WallTime kEarliest{};
constexpr WallTime kLatest{std::chrono::seconds{7'258'118'400}};  // 2200-01-01

// Promised to the ACS and not yet begun: the session is still on, or a call is.
struct PromisedRestart {
  bool factory_reset = false;
  std::vector<std::string> command_keys;  // of each Reboot that was answered
};

// A Download or Upload the ACS asked for, or a transfer of the device's own accord: kept until its TransferComplete was
// answered (TR-069 A.3.2.8, A.3.3.2; B-1).
struct Transfer {
  enum class Kind : std::uint8_t { download, upload };
  // One that is under way at a kill, or at a restart of the device, begins anew.
  enum class Stage : std::uint8_t { waiting, running, flashing, done };
  Kind kind = Kind::download;
  Stage stage = Stage::waiting;
  bool autonomous = false;  // told by AutonomousTransferComplete
  std::string command_key;
  std::string file_type;
  std::string url;
  std::string username;
  std::string password;
  std::string target_file_name;
  std::uint32_t file_size = 0;  // bytes, as the ACS said; 0: it did not
  WallTime due = kEarliest;     // waiting: when it may begin; done: when it is told (again)
  WallTime started = kEarliest;
  WallTime completed = kEarliest;  // kEarliest: it is not
  int fault = 0;                   // how it came out; 0: well
  std::string fault_text;
  std::string version;  // flashing: what the image makes of the device
};

// The program's absence is to a device a loss of its network, not of its power: values, attributes, undelivered events,
// timers and its uptime go on (B-1); cookies, nonces, the retry row and calls do not (B-2). Values and credentials in it
// are plain text.
struct DeviceRecord {
  bool bootstrapped = false;  // has met the ACS at `acs_url`: no 0 BOOTSTRAP
  bool powered = false;       // ever switched on
  WallTime booted_at = kEarliest;
  std::string acs_url;  // where it was bootstrapped; "" before that
  datamodel::Delta delta;

  // Undelivered, those of an Inform under way included: nobody knows whether it arrived.
  std::uint16_t single_events = 0;  // the standard's single events; bit n is event code n
  std::vector<cwmp::Event> events;  // M and vendor events, oldest first

  struct Scheduled {
    WallTime due;
    std::string command_key;
  };
  std::vector<Scheduled> scheduled;      // pending ScheduleInforms
  std::optional<WallTime> periodic_due;  // when the next 2 PERIODIC comes
  std::optional<WallTime> boot_due;      // off for a reboot until then; its M Reboot is one of `events`
  std::optional<PromisedRestart> restart;
  std::uint64_t udp_request_ts = 0;  // ts of the last accepted UDP Connection Request; 0: none yet
  std::string software_version;      // after a firmware upgrade; "": the one it has by the scenario
  bool provisioned = false;          // has asked its provisioning server
  std::vector<Transfer> transfers;   // oldest first
};

// The schema is the one the delta belongs to.
[[nodiscard]] std::string encode(const DeviceRecord& record, const datamodel::Schema& schema);

struct DecodedRecord {
  DeviceRecord record;
  std::size_t dropped = 0;  // entries of the delta that the schema has no place for: DecodedDelta::dropped
};
// The schema of a device with this software version, DeviceRecord::software_version.
using SchemaOf = std::function<const datamodel::Schema&(std::string_view version)>;
// Bytes of any kind: takes time and memory in proportion to them. Fails on those of another format and on damaged ones.
[[nodiscard]] Result<DecodedRecord> decode(std::string_view bytes, const SchemaOf& schema_of);
[[nodiscard]] Result<DecodedRecord> decode(std::string_view bytes, const datamodel::Schema& schema);

// A delta alone, without the version that leads a record.
[[nodiscard]] std::string encode(const datamodel::Delta& delta, const datamodel::Schema& schema);
[[nodiscard]] Result<DecodedDelta> decode_delta(std::string_view bytes, const datamodel::Schema& schema);

}  // namespace cpefleet::state
