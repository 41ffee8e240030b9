// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "cwmp/messages.hpp"
#include "profile/profile.hpp"
#include "state/record.hpp"

// Files that a device fetches or sends: what an ACS asks for (TR-069 A.3.2.8, A.4.1.5), what the device does of its own
// accord, and its provisioning server's. The device says when and what; whoever owns it moves the bytes.
namespace cpefleet::device {

// One file to move now. Made by Device::take_transfer(), answered by Device::transfer_ended().
struct TransferOrder {
  std::uint32_t run = 0;  // of this device; an end with another number is of a transfer that was given up meanwhile
  enum class What : std::uint8_t { firmware, configuration, log, provisioning };
  What what = What::firmware;
  bool upload = false;
  std::string url;
  std::string username;  // "": the server is offered no credentials
  std::string password;
  std::string body;              // of an upload
  std::uint64_t max_bytes = 0;   // a longer file fails
  bool planned_cut = false;      // max_bytes is where the scenario has it break off
  std::uint64_t keep_bytes = 0;  // of the beginning, for transfer_ended()
  std::uint64_t speed = 0;       // bytes/s; 0: as fast as it goes
};

[[nodiscard]] std::string_view to_string(TransferOrder::What what);

// How it went.
struct TransferEnd {
  std::uint32_t run = 0;
  enum class How : std::uint8_t {
    done,
    unreachable,   // no connection: name, address, TLS, or not allowed
    unauthorized,  // 401, 403, 407
    not_found,     // 404, 410, another refusal
    cut,           // it began and did not end
    too_big,
    failed,  // anything else
  };
  How how = How::done;
  std::string detail;  // for people, of a failure
  std::uint64_t bytes = 0;
  std::string kept;
  WallTime started{};
  WallTime completed{};
};

constexpr std::uint64_t kMaxFirmwareBytes = 256u << 20;  // assumed
constexpr std::size_t kMaxTransfers = 16;  // of one device: as many as GetQueuedTransfersResponse has room for (P-89)

// What of this a device remembers. Allocated when first needed.
struct Transfers {
  struct Entry {
    state::Transfer what;
    TimePoint due;            // waiting: when it may begin; done: when it is told (again)
    std::uint32_t run = 0;    // running: the order's
    std::uint32_t tries = 0;  // of telling it, sessions that went well and did not bring the answer
    bool informed = false;    // the Inform of the session under way told of it (P-101)
    bool offered = false;     // and its TransferComplete was sent
    bool no_place = false;    // waits until one of those on their way is over
  };
  std::vector<Entry> entries;       // oldest first
  std::vector<std::string> wanted;  // file types to ask for by RequestDownload
  bool wanted_informed = false;     // the Inform of the session under way had 9 REQUEST DOWNLOAD (I-12)
  bool told_in_1_0 = false;         // the session under way is of CWMP 1.0
  [[nodiscard]] std::size_t heap_bytes() const;
};

// A device that asks its provisioning server where its ACS is, before its first session.
struct ProvisioningFetch {
  std::size_t next = 0;   // of the files it asks for, in their order
  std::uint32_t run = 0;  // of the order under way; 0: none is
  TimePoint due;
  bool no_place = false;
};

// Software that did not come with the scenario.
struct Upgraded {
  const profile::Firmware* firmware = nullptr;  // whose data model it has
  std::string version;
};

// What a device makes of a Download or an Upload before it promises anything: 0, or the fault (P-80, P-81, P-88, C1).
[[nodiscard]] cwmp::FaultStruct judge(const cwmp::Download& request);
[[nodiscard]] cwmp::FaultStruct judge(const cwmp::Upload& request, bool strict);
[[nodiscard]] TransferOrder::What what_of(const state::Transfer& transfer);
// The fault of TransferComplete (P-87, P-95): uploads have 9011 and 9012 only.
[[nodiscard]] cwmp::FaultStruct fault_of(const TransferEnd& end, bool upload);

}  // namespace cpefleet::device
