// SPDX-License-Identifier: Apache-2.0
// What a stranger sends to a device's connection request port: the target in the first line, Authorization in the rest.
#include <string>
#include <string_view>

#include "base/http_auth.hpp"
#include "connreq/digest_guard.hpp"
#include "connreq/request_path.hpp"
#include "property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cpefleet::connreq;
  using cpefleet::fuzz::holds;
  constexpr std::string_view kSecret = "unknown to who sends";
  const std::string_view text = cpefleet::fuzz::input(data, size);
  const std::size_t end = text.find('\n');
  const std::string_view target = text.substr(0, end);
  const std::string_view authorization = end == std::string_view::npos ? "" : text.substr(end + 1);

  const std::string_view path = path_of(target);
  holds(path.empty() || (path.front() == '/' && path.find_first_of("?#") == std::string_view::npos), "no path");
  if (const auto position = position_of(kSecret, target)) {
    holds(path == request_path(kSecret, *position), "a path that is not the device's");
  }
  const auto sent = cpefleet::parse_digest_credentials(authorization);
  DigestGuard guard({std::string(kSecret), std::chrono::minutes{5}, 16});
  const cpefleet::TimePoint now{std::chrono::hours{1}};
  const Guarded device{1, "realm", "username", "never written in a corpus", false};
  const GuardOutcome outcome = guard.check({"GET", target, authorization}, device, now);
  holds(outcome.verdict == Verdict::challenge || outcome.verdict == Verdict::wrong, "accepted without the password");
  holds(outcome.verdict != Verdict::wrong || !outcome.reason.empty(), "refused without a reason");

  // What was sent as an honest client would send it, whatever its cnonce, nc and uri.
  if (!sent || sent->uri != target) return 0;
  const std::string challenge = guard.challenge(device, now);
  const std::string nonce = challenge.substr(challenge.find("nonce=\"") + 7, 32);
  const bool qop = sent->qop == "auth";
  const std::string response =
      cpefleet::digest_response({device.username, device.password, device.realm, nonce, sent->cnonce, "GET", sent->uri,
                                 sent->nc, qop, sent->algorithm == "MD5-sess"});
  std::string honest = "Digest nc=" + sent->nc;
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"username", device.username},
                                    {"realm", device.realm},
                                    {"nonce", nonce},
                                    {"response", response},
                                    {"uri", sent->uri},
                                    {"cnonce", sent->cnonce},
                                    {"algorithm", sent->algorithm},
                                    {"qop", sent->qop}}) {
    cpefleet::append_quoted(honest += ", ", name, value);
  }
  int accepted = 0;
  for (int i = 0; i < 3; ++i) accepted += guard.check({"GET", target, honest}, device, now).verdict == Verdict::ok;
  holds(accepted <= 1, "accepted twice");
  return 0;
}
