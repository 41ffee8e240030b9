// SPDX-License-Identifier: Apache-2.0
#include "acs/auth.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "base/crypto.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"

namespace cpefleet::acs {
namespace {

constexpr std::string_view kRealm = "cpefleet";
constexpr Duration kNonceLife = std::chrono::minutes{5};

struct Credentials {
  std::string username, realm, nonce, uri, qop, nc, cnonce, response, algorithm;
};

std::string* field(Credentials& credentials, std::string_view name) {
  const std::pair<std::string_view, std::string*> fields[] = {
      {"username", &credentials.username}, {"realm", &credentials.realm},       {"nonce", &credentials.nonce},
      {"uri", &credentials.uri},           {"qop", &credentials.qop},           {"nc", &credentials.nc},
      {"cnonce", &credentials.cnonce},     {"response", &credentials.response}, {"algorithm", &credentials.algorithm},
  };
  for (const auto& [known, place] : fields) {
    if (equal_ignoring_case(name, known)) return place;
  }
  return nullptr;
}

// Takes a token or a quoted-string (RFC 2616 2.2) off the front; empty optional for a quote that never ends.
std::optional<std::string> take_value(std::string_view& rest) {
  std::string value;
  if (!rest.starts_with('"')) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    value = trim(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
    value += rest[i];
  }
  return std::nullopt;
}

std::optional<Credentials> parse_credentials(std::string_view header) {
  constexpr std::string_view scheme = "Digest ";
  if (header.size() < scheme.size() || !equal_ignoring_case(header.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  Credentials credentials;
  std::string_view rest = trim(header.substr(scheme.size()));
  while (!rest.empty()) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trim(rest.substr(0, equals));
    rest = trim(rest.substr(equals + 1));
    auto value = take_value(rest);
    if (!value) return std::nullopt;
    if (std::string* place = field(credentials, name)) *place = std::move(*value);
    rest = trim(rest);
    if (!rest.empty() && rest.front() != ',') return std::nullopt;
    if (!rest.empty()) rest = trim(rest.substr(1));
  }
  return credentials;
}

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
  auto parsed = parse_credentials(header);
  if (!parsed) return {Verdict::wrong, {}};
  Credentials& c = *parsed;
  const bool sound = c.realm == kRealm && c.uri == request.target && c.qop == "auth" && c.nc.size() == 8 &&
                     !c.cnonce.empty() && (c.algorithm.empty() || equal_ignoring_case(c.algorithm, "MD5"));
  if (!sound) return {Verdict::wrong, std::move(c.username)};
  const std::string ha1 = md5_hex(c.username + ":" + c.realm + ":" + password_);
  const std::string ha2 = md5_hex(request.method + ":" + c.uri);
  const std::string expected = md5_hex(ha1 + ":" + c.nonce + ":" + c.nc + ":" + c.cnonce + ":" + c.qop + ":" + ha2);
  if (!equal_ignoring_case(c.response, expected)) return {Verdict::wrong, std::move(c.username)};
  return {fresh(c.nonce, now) ? Verdict::ok : Verdict::stale, std::move(c.username)};
}

}  // namespace cpefleet::acs
