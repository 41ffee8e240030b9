// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cpefleet::cwmp {

// One challenge of a WWW-Authenticate header that the device can answer.
struct Challenge {
  enum class Scheme : std::uint8_t { basic, digest };
  Scheme scheme = Scheme::basic;
  std::string realm;  // quoted-string escapes resolved
  // Digest only.
  std::string nonce;
  std::string opaque;
  std::string algorithm;  // as written; "" when absent, which means MD5
  bool has_opaque = false;
  bool md5_sess = false;
  bool qop_auth = false;  // false: no qop offered, the form of RFC 2069
  bool stale = false;
};

[[nodiscard]] std::string_view to_string(Challenge::Scheme scheme);

// The best challenge of all WWW-Authenticate headers of one reply, each of which may hold several: the first Digest
// that can be answered, else Basic (H-19). The error says, for people, why none will do. Never throws on input.
[[nodiscard]] tl::expected<Challenge, std::string> choose_challenge(std::span<const std::string_view> headers);

}  // namespace cpefleet::cwmp
