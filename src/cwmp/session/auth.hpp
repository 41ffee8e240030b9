// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cwmp/session/challenge.hpp"
#include "cwmp/session/host.hpp"

namespace cpefleet::cwmp {

// The values of one Digest Authorization (RFC 2617 3.2.2). Separate from Authenticator so that published vectors can be
// tested.
struct DigestInput {
  std::string_view username;
  std::string_view password;
  std::string_view realm;
  std::string_view nonce;
  std::string_view cnonce;
  std::string_view method;
  std::string_view uri;
  std::uint32_t nonce_count = 1;
  bool qop_auth = false;
  bool md5_sess = false;
};
[[nodiscard]] std::string digest_response(const DigestInput& input);

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
