// SPDX-License-Identifier: Apache-2.0
#include "connreq/digest_guard.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "base/crypto.hpp"
#include "base/hex.hpp"
#include "base/http_auth.hpp"
#include "base/text.hpp"
#include "connreq/request_path.hpp"

namespace cpefleet::connreq {
namespace {

constexpr std::size_t kStampDigits = 16;

std::uint64_t seconds_of(TimePoint at) {
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

// Clients name the path, path and query, or the whole URL.
bool same_place(std::string_view uri, std::string_view target) {
  return uri == target || (!path_of(uri).empty() && path_of(uri) == path_of(target));
}

std::optional<std::uint32_t> count_of(std::string_view nc) {
  std::uint32_t count = 0;
  if (nc.empty() || nc.size() > 8) return std::nullopt;
  const auto [end, error] = std::from_chars(nc.data(), nc.data() + nc.size(), count, 16);
  if (error != std::errc{} || end != nc.data() + nc.size()) return std::nullopt;
  return count;
}

constexpr GuardOutcome wrong(std::string_view reason) { return {Verdict::wrong, reason}; }

}  // namespace

DigestGuard::DigestGuard(GuardOptions options) : options_(std::move(options)), used_(options_.remembered) {}

std::string DigestGuard::nonce_of(std::uint64_t issued, std::uint64_t position) const {
  const std::string stamp = to_hex(issued, kStampDigits);
  return stamp + hmac_sha1_hex(options_.secret, "nonce:" + stamp + ":" + std::to_string(position)).substr(0, 16);
}

std::string DigestGuard::challenge(const Guarded& device, TimePoint now, bool stale) {
  std::string out = "Digest ";
  append_quoted(out, "realm", device.realm);
  // The seconds alone would give two clients of one second the same nonce, and the second of them a refusal.
  out.append(R"(, qop="auth", nonce=")").append(nonce_of(seconds_of(now) << 32 | challenges_++, device.position));
  out.append(R"(", algorithm=MD5)");
  if (device.opaque) {
    const std::string of_device = "opaque:" + std::to_string(device.position);
    append_quoted(out.append(", "), "opaque", hmac_sha1_hex(options_.secret, of_device).substr(0, 16));
  }
  if (stale) out += ", stale=true";
  return out;
}

GuardOutcome DigestGuard::check(const GuardedRequest& request, const Guarded& device, TimePoint now) {
  if (device.username.empty() && device.password.empty()) return {Verdict::ok, {}};
  if (trim(request.authorization).empty()) return {Verdict::challenge, {}};
  const auto parsed = parse_digest_credentials(request.authorization);
  if (!parsed) return wrong("the scheme is not Digest");
  const DigestCredentials& sent = *parsed;
  if (sent.realm != device.realm) return wrong("another realm");
  if (!equal_in_constant_time(sent.username, device.username)) return wrong("another username");
  if (!same_place(sent.uri, request.target)) return wrong("the uri is not the one that was asked for");
  const bool sess = equal_ignoring_case(sent.algorithm, "MD5-sess");
  if (!sess && !sent.algorithm.empty() && !equal_ignoring_case(sent.algorithm, "MD5")) {
    return wrong("an algorithm other than MD5 and MD5-sess");
  }
  const bool qop = !sent.qop.empty();
  if (qop && !equal_ignoring_case(sent.qop, "auth")) return wrong("a qop other than auth");
  const auto count = qop ? count_of(sent.nc) : 0;
  if (!count) return wrong("nc is not of eight hexadecimal digits");
  const std::string expected = digest_response({device.username, device.password, sent.realm, sent.nonce, sent.cnonce,
                                                request.method, sent.uri, sent.nc, qop, sess});
  if (!equal_in_constant_time(to_lower(sent.response), expected)) return wrong("the response is of another password");
  return check_nonce(sent.nonce, *count, device.position, now);
}

GuardOutcome DigestGuard::check_nonce(std::string_view nonce, std::uint32_t count, std::uint64_t position,
                                      TimePoint now) {
  const auto issued = from_hex(nonce.substr(0, kStampDigits));
  if (!issued || !equal_in_constant_time(nonce, nonce_of(*issued, position))) {
    return {Verdict::stale, "a nonce that is not the device's"};
  }
  const auto life = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(options_.nonce_life).count());
  const std::uint64_t then = *issued >> 32;
  const std::uint64_t current = seconds_of(now);
  if (then > current || current - then > life) return {Verdict::stale, "an old nonce"};
  if (!used_.accept(*issued, count)) return {Verdict::stale, "a nonce that was used before, or may have been"};
  return {Verdict::ok, {}};
}

}  // namespace cpefleet::connreq
