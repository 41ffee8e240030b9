// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "acs/core.hpp"
#include "base/time.hpp"

namespace cpefleet::acs {

// HTTP Digest, the server's side: MD5, qop=auth. Nonces carry the time they were made and a hash over it, so that
// nothing has to be remembered for a client that never comes back.
class DigestCheck {
 public:
  DigestCheck(std::string password, std::uint64_t seed);

  enum class Verdict : std::uint8_t {
    ok,
    missing,  // no Digest credentials
    stale,    // right password, nonce unknown or too old: challenge again with stale=true
    wrong,
  };
  struct Outcome {
    Verdict verdict = Verdict::missing;
    std::string username;  // whose it is to judge who may come
  };
  [[nodiscard]] Outcome check(const Request& request, TimePoint now) const;
  // Value of WWW-Authenticate.
  [[nodiscard]] std::string challenge(TimePoint now, bool stale) const;

 private:
  [[nodiscard]] std::string nonce_at(std::uint64_t made) const;
  [[nodiscard]] bool fresh(std::string_view nonce, TimePoint now) const;

  std::string password_;
  std::uint64_t seed_;
};

}  // namespace cpefleet::acs
