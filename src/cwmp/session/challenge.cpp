// SPDX-License-Identifier: Apache-2.0
#include "cwmp/session/challenge.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "base/http_auth.hpp"
#include "base/text.hpp"

namespace cpefleet::cwmp {
namespace {

std::optional<Challenge> as_digest(const AuthItem& raw, std::string& why) {
  Challenge out;
  out.scheme = Challenge::Scheme::digest;
  if (const auto* algorithm = raw.find("algorithm")) {
    out.algorithm = *algorithm;
    out.md5_sess = equal_ignoring_case(*algorithm, "MD5-sess");
    if (!out.md5_sess && !equal_ignoring_case(*algorithm, "MD5")) {
      why = "Digest with an algorithm other than MD5 and MD5-sess";
      return std::nullopt;
    }
  }
  const auto* nonce = raw.find("nonce");
  if (nonce == nullptr) {
    why = "Digest without a nonce";
    return std::nullopt;
  }
  out.nonce = *nonce;
  if (const auto* qop = raw.find("qop"); qop != nullptr && !trim(*qop).empty()) {
    for (const std::string_view option : split(*qop, ',')) {
      if (equal_ignoring_case(trim(option), "auth")) out.qop_auth = true;
    }
    if (!out.qop_auth) {
      why = "Digest without qop=auth (auth-int alone is not supported)";
      return std::nullopt;
    }
  }
  if (const auto* realm = raw.find("realm")) out.realm = *realm;
  if (const auto* opaque = raw.find("opaque")) {
    out.opaque = *opaque;
    out.has_opaque = true;
  }
  const auto* stale = raw.find("stale");
  out.stale = stale != nullptr && equal_ignoring_case(*stale, "true");
  return out;
}

}  // namespace

std::string_view to_string(Challenge::Scheme scheme) { return scheme == Challenge::Scheme::basic ? "Basic" : "Digest"; }

tl::expected<Challenge, std::string> choose_challenge(std::span<const std::string_view> headers) {
  std::vector<AuthItem> all;
  for (const std::string_view header : headers) read_auth_items(header, all);
  std::string why = headers.empty() ? "401 without WWW-Authenticate" : "401 without a Basic or Digest challenge";
  std::optional<Challenge> basic;
  for (const AuthItem& raw : all) {
    if (equal_ignoring_case(raw.scheme, "Digest")) {
      if (auto digest = as_digest(raw, why)) return *std::move(digest);
    } else if (!basic && equal_ignoring_case(raw.scheme, "Basic")) {
      basic.emplace();
      if (const auto* realm = raw.find("realm")) basic->realm = *realm;
    }
  }
  if (basic) return *std::move(basic);
  return tl::unexpected<std::string>(std::move(why));
}

}  // namespace cpefleet::cwmp
