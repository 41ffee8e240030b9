// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "fleet/call_plan.hpp"

namespace cpefleet::device {

// The only way in, whoever asks: phases, steps, the prompt, the control API, connection requests, timers.
struct Stimulus {
  enum class Kind : std::uint8_t {
    boot,                // restarts: 1 BOOT, or 0 BOOTSTRAP + 1 BOOT at first contact
    periodic,            // 2 PERIODIC now, whatever the timer says
    inform,              // a session with the named event ("X 000B82 MemFull", "4 VALUE CHANGE", ...)
    offline,             // the link goes down; a running session is not cut, later ones wait
    online,              // and comes back; a device that went off-line stays as it was otherwise
    set,                 // the device itself changes one of its values (a user at its web page, a lease that ends)
    call,                // a call begins on one of its lines
    hang_up,             // all its calls end
    connection_request,  // one was received and accepted: 6 CONNECTION REQUEST
    download,            // it fetches a file of its own accord, and tells by AutonomousTransferComplete
    request_download,    // it asks the ACS for a file of this type
  };
  Kind kind = Kind::boot;
  std::string event = {};  // Kind::inform only
  std::string path = {};   // Kind::set: a parameter, and the value as it is stored
  std::string value = {};
  fleet::CallPlan call = {};   // Kind::call
  std::string url = {};        // Kind::download
  std::string file_type = {};  // Kind::download, Kind::request_download
};

// What became of a stimulus (DESIGN 4.1).
enum class Admission : std::uint8_t {
  start,                // the device is idle and wants its session now
  merged_in_session,    // queued, one session after the running one (S-14)
  merged_retry_wait,    // queued; goes out with the retry
  merged_provisioning,  // queued; goes out once the provisioning server was asked
  skipped_offline,
  skipped_no_line,  // a call, and no line is up and free
  quiet,            // it happened, and there is nothing to tell the ACS at once
  done,             // nothing to send (offline, online)
};

// What a device's own timer asks for when it comes due.
enum class OwnTrigger : std::uint8_t {
  none,
  retry,
  periodic,
  scheduled,
  boot,
  follow_up,
  value_change,
  connection_request,
  transfer,     // a file's TransferComplete
  diagnostics,  // one is over: 8 DIAGNOSTICS COMPLETE
};

}  // namespace cpefleet::device
