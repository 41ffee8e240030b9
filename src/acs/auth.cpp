// SPDX-License-Identifier: Apache-2.0
#include "acs/auth.hpp"

#include <chrono>
#include <utility>

#include "base/crypto.hpp"
#include "base/hex.hpp"
#include "base/http_auth.hpp"
#include "base/text.hpp"

namespace cpefleet::acs {
namespace {

constexpr std::string_view kRealm = "cpefleet";
constexpr Duration kNonceLife = std::chrono::minutes{5};

}  // namespace

DigestCheck::DigestCheck(std::string password, std::uint64_t seed) : password_(std::move(password)), seed_(seed) {}

std::string DigestCheck::nonce_at(std::uint64_t made) const {
  const std::string stamp = to_hex(made);
  return stamp + md5_hex("nonce:" + to_hex(seed_) + ":" + stamp).substr(0, 16);
}

bool DigestCheck::fresh(std::string_view nonce, TimePoint now) const {
  const auto made = from_hex(nonce.substr(0, 16));
  if (!made || nonce != nonce_at(*made)) return false;
  const auto current = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return *made <= current && current - *made <= static_cast<std::uint64_t>(kNonceLife.count());
}

std::string DigestCheck::challenge(TimePoint now, bool stale) const {
  std::string out = R"(Digest realm=")" + std::string{kRealm} + R"(",qop="auth",algorithm=MD5,nonce=")";
  out += nonce_at(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  out += '"';
  if (stale) out += ",stale=true";
  return out;
}

DigestCheck::Outcome DigestCheck::check(const Request& request, TimePoint now) const {
  const std::string_view header = request.header("Authorization");
  if (header.empty()) return {};
  auto parsed = parse_digest_credentials(header);
  if (!parsed) return {Verdict::wrong, {}};
  DigestCredentials& c = *parsed;
  const bool sound = c.realm == kRealm && c.uri == request.target && c.qop == "auth" && c.nc.size() == 8 &&
                     !c.cnonce.empty() && (c.algorithm.empty() || equal_ignoring_case(c.algorithm, "MD5"));
  if (!sound) return {Verdict::wrong, std::move(c.username)};
  const std::string expected =
      digest_response({c.username, password_, c.realm, c.nonce, c.cnonce, request.method, c.uri, c.nc, true, false});
  if (!equal_ignoring_case(c.response, expected)) return {Verdict::wrong, std::move(c.username)};
  return {fresh(c.nonce, now) ? Verdict::ok : Verdict::stale, std::move(c.username)};
}

}  // namespace cpefleet::acs
