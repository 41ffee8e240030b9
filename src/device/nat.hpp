// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "base/time.hpp"
#include "tr111/stun_client.hpp"
#include "tr111/udp_request.hpp"

namespace cpefleet::device {

// What a device knows of being reached by UDP (TR-069 Annex G). Exists while STUN is on, and once a UDP Connection Request
// was accepted. What to do with it is in device_nat.cpp. Thread: the shard.
struct Nat {
  tr111::StunClient client{0};
  tr111::UdpRequestGuard guard;
  TimePoint due = kNever;  // what changed is to be told then; or STUN begins, where `begins`
  TimePoint tell_after{};  // no active notification of the address before (N-8)
  bool begins = false;     // STUN, at `due`
  bool on = false;         // STUNEnable was true when it was last looked at

  [[nodiscard]] TimePoint next_due(bool in_session) const {
    return in_session && !begins ? client.next_due() : std::min(due, client.next_due());
  }
  // Known while there is a NAT.
  [[nodiscard]] tr111::Endpoint public_address() const {
    return client.nat_detected() ? client.mapped() : tr111::Endpoint{};
  }
};
static_assert(sizeof(Nat) <= 112, "a fleet holds a million of them");

}  // namespace cpefleet::device
