// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cwmp/session/challenge.hpp"
#include "cwmp/session/host.hpp"

namespace cpefleet::cwmp {

// What answers challenges during one session, towards one origin. After the first challenge it answers every later
// request unasked (H-21).
class Authenticator {
 public:
  // `random` seeds the client nonces.
  explicit Authenticator(std::uint64_t random) : random_(random) {}

  // From now on requests are answered with these credentials.
  void accept(Challenge challenge, SessionHost::Credentials credentials);
  // The next request goes over a new TCP connection: a new client nonce (H-20).
  void new_connection() { ++connection_; }
  // The next request goes to another origin, which has to challenge anew before it is told anything.
  void forget();

  // The value of Authorization for the next request; "" before a challenge. Counts it (nc).
  [[nodiscard]] std::string authorization(std::string_view method, std::string_view uri);

 private:
  [[nodiscard]] std::string digest(std::string_view method, std::string_view uri);

  std::uint64_t random_;
  std::uint64_t connection_ = 0;
  std::uint32_t nonce_count_ = 0;
  std::optional<Challenge> challenge_;
  SessionHost::Credentials credentials_;
};

}  // namespace cpefleet::cwmp
