// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cwmp/messages.hpp"

namespace cpefleet::cwmp {

// What the session machine asks of the device. Implemented in src/device; the machine never sees more of it than this.
// Lives at least as long as the machine. Thread: the shard.
class SessionHost {
 public:
  virtual ~SessionHost() = default;

  // The Inform of this session, with everything queued at this moment (V-2, I-8, I-9). Called once, at Begin, and again
  // only when the session starts over with another CWMP version (S-15): no message of 1.1 is announced in 1.0.
  virtual Inform inform(Version version) = 0;
  // An InformResponse came: the events of that Inform count as delivered (V-4).
  virtual void inform_accepted() = 0;

  // ManagementServer.Username and Password, as they are when a challenge comes.
  struct Credentials {
    std::string username;
    std::string password;
  };
  virtual Credentials credentials() = 0;

  // Carries out one request of the ACS, wholly or not at all (P-6, S-16), and answers it.
  virtual CpeResponse answer(const AcsRequest& request) = 0;

  // Whether the device has a method that the codec knows. Asked when its arguments cannot be read: 9003, or 9000 (E-14).
  [[nodiscard]] virtual bool has_method(std::string_view method) const = 0;

  // The next request the device itself wants to send, if any; asked again until it was answered. A message that the
  // session's version does not have (AutonomousTransferComplete in 1.0) waits for another session, and those behind it.
  virtual std::optional<CpeRequest> next_request() = 0;
  // The answer to it: a response, or the ACS's fault. After this next_request() names another one or none.
  virtual void request_answered(const CpeRequest& request, const std::optional<Fault>& fault) = 0;
};

}  // namespace cpefleet::cwmp
