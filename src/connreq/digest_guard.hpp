// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "connreq/replay_memory.hpp"

namespace cpefleet::connreq {

struct GuardOptions {
  std::string secret;  // the run's; whoever knows it can make nonces
  Duration nonce_life = std::chrono::minutes{5};
  std::size_t remembered = 32'768;  // nonces that were used: see ReplayMemory
};

// What a request has to match. The texts live as long as the call.
struct Guarded {
  std::uint64_t position = 0;  // of the device in the fleet
  std::string_view realm;      // without control characters
  std::string_view username;
  std::string_view password;  // both empty: the device accepts without authentication
  bool opaque = false;        // name one in challenges, as some firmware does
};

struct GuardedRequest {
  std::string_view method;
  std::string_view target;
  std::string_view authorization;  // the value of the header, "" when there is none
};

enum class Verdict : std::uint8_t {
  ok,
  challenge,  // no credentials: 401 with challenge()
  stale,      // the right password with a nonce that is too old, foreign or used before: 401 with a stale challenge()
  wrong,      // 401 with challenge()
};

struct GuardOutcome {
  Verdict verdict = Verdict::challenge;
  std::string_view reason;  // of stale and wrong, for logs; says nothing of what was sent
};

// HTTP Digest (RFC 2617), the side of a CPE that gets a connection request (TR-069 3.2.2, C-3): MD5 and MD5-sess,
// qop=auth or, for older clients, none (RFC 2069). Nonces carry their time and an HMAC over it and the device, so a
// challenge costs no memory; what was accepted is remembered for a while, so a captured request starts no second session.
// Thread: one. Several guards of one secret may share a fleet when all requests for a device come to the same one.
class DigestGuard {
 public:
  explicit DigestGuard(GuardOptions options);

  [[nodiscard]] GuardOutcome check(const GuardedRequest& request, const Guarded& device, TimePoint now);
  // The value of WWW-Authenticate. No two challenges have the same nonce.
  [[nodiscard]] std::string challenge(const Guarded& device, TimePoint now, bool stale = false);

 private:
  [[nodiscard]] std::string nonce_of(std::uint64_t issued, std::uint64_t position) const;
  [[nodiscard]] GuardOutcome check_nonce(std::string_view nonce, std::uint32_t count, std::uint64_t position,
                                         TimePoint now);

  GuardOptions options_;
  ReplayMemory used_;
  std::uint32_t challenges_ = 0;
};

}  // namespace cpefleet::connreq
