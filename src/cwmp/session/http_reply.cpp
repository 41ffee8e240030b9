// SPDX-License-Identifier: Apache-2.0
// What a reply means to HTTP: status, cookies, authentication, redirects, Retry-After.
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "cwmp/session/http_date.hpp"
#include "cwmp/session/impl.hpp"

namespace cpefleet::cwmp {
namespace {

// An ACS whose nonces are stale as soon as they are made would otherwise be answered for ever.
constexpr std::uint32_t kMaxStaleChallenges = 8;
constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours{24 * 30};

std::optional<std::string_view> find_header(const HttpReply& reply, std::string_view name) {
  for (const Header& header : reply.headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> all_headers(const HttpReply& reply, std::string_view name) {
  std::vector<std::string_view> out;
  for (const Header& header : reply.headers) {
    if (equal_ignoring_case(header.name, name)) out.push_back(header.value);
  }
  return out;
}

std::optional<std::chrono::sys_seconds> date_of(const HttpReply& reply) {
  const auto text = find_header(reply, "Date");
  return text ? parse_http_date(*text) : std::nullopt;
}

// Seconds, or a date that is measured against the reply's own Date.
std::optional<std::chrono::seconds> retry_after(const HttpReply& reply) {
  const auto text = find_header(reply, "Retry-After");
  if (!text) return std::nullopt;
  if (const auto seconds = parse_uint(trim(*text))) {
    const auto longest = static_cast<std::uint64_t>(kLongestRetryAfter.count());
    return std::chrono::seconds{static_cast<std::int64_t>(std::min(*seconds, longest))};
  }
  const auto until = parse_http_date(*text);
  const auto now = date_of(reply);
  if (!until || !now) return std::nullopt;
  return std::clamp(std::chrono::seconds{*until - *now}, std::chrono::seconds{0}, kLongestRetryAfter);
}

// A short plain text ("CPE already in session") says more than the status; a page of HTML does not.
std::string with_reason(int status, std::string_view body) {
  std::string out = "HTTP " + std::to_string(status);
  const std::string reason = printable(body.substr(0, 200));
  if (!reason.empty() && reason.front() != '<') out += ": " + reason;
  return out;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

Action SessionMachine::Impl::on_reply(HttpReply reply) {
  if (reply.connection_closed) auth_.new_connection();
  const auto date = date_of(reply);
  for (const std::string_view value : all_headers(reply, "Set-Cookie")) cookies_.set_cookie(url_, value, date);
  // After the old form, over which RFC 2965 gives it precedence.
  for (const std::string_view value : all_headers(reply, "Set-Cookie2")) cookies_.set_cookie2(url_, value);

  if (reply.status == 401) return on_challenge(reply);
  if (is_redirect(reply.status)) return on_redirect(reply);
  if (reply.status < 200 || reply.status > 299) return on_refusal(reply);
  redirects_ = 0;
  if (auto end = cut_by_device()) return *std::move(end);
  const bool empty = reply.status == 204 || trim(reply.body).empty();
  if (auto end = judge_http(reply, empty)) return *std::move(end);
  return empty ? on_empty() : on_content(std::move(reply));
}

std::optional<End> SessionMachine::Impl::judge_http(const HttpReply& reply, bool empty) {
  if (reply.status != 200 && reply.status != 204) {
    const std::string what = "HTTP " + std::to_string(reply.status) + " instead of 200 or 204";
    if (auto end = finding(Cause::unexpected_message, "H-6", what)) return end;
  }
  if (empty) {
    if (reply.body.empty()) return std::nullopt;
    return finding(Cause::unexpected_message, "H-6", "an empty reply has a body");
  }
  const auto type = find_header(reply, "Content-Type");
  if (type && to_lower(*type).find("xml") == std::string::npos) {
    return finding(Cause::not_soap, "H-3", "an envelope has the Content-Type " + printable(*type));
  }
  return std::nullopt;
}

Action SessionMachine::Impl::on_challenge(const HttpReply& reply) {
  auto challenge = choose_challenge(all_headers(reply, "WWW-Authenticate"));
  if (!challenge) return fail(Cause::unauthorized, std::move(challenge).error());
  const std::string scheme(to_string(challenge->scheme));
  writer_.write(journal::Challenged{scheme, challenge->stale});
  SessionHost::Credentials credentials = host_.credentials();
  if (credentials.username.empty() && credentials.password.empty()) {
    return fail(Cause::unauthorized, "the ACS asks for " + scheme +
                                         " authentication and the device has no credentials: set acs.username and "
                                         "acs.password");
  }
  // A stale nonce is no refusal of the credentials (H-19); it only means something where one was used.
  const bool stale = challenge->stale && challenge_answered_ && ++stale_challenges_ <= kMaxStaleChallenges;
  if (challenge_answered_ && !stale) {
    return fail(Cause::unauthorized, "the ACS does not accept the credentials of the device (" + scheme +
                                         "): check acs.username and acs.password");
  }
  challenge_answered_ = true;
  auth_.accept(*std::move(challenge), std::move(credentials));
  return post();
}

// H-15, H-16: the same message to the new place, which holds for the rest of this session.
Action SessionMachine::Impl::on_redirect(const HttpReply& reply) {
  const std::string status = std::to_string(reply.status);
  const auto location = find_header(reply, "Location");
  if (!location) return fail(Cause::unexpected_status, "HTTP " + status + " without Location");
  if (redirects_ >= config_.limits.redirects) {
    return fail(Cause::too_many_redirects, std::to_string(redirects_) + " redirects were followed, then came another");
  }
  auto url = resolve_url(url_, trim(*location));
  // The Location itself stays out of the detail: it may hold user information.
  if (!url) return fail(Cause::bad_redirect, "the Location of a " + status + " is no http or https URL to go to");
  ++redirects_;
  if (reply.status == 303) {
    auto end = finding(Cause::unexpected_message, "H-15", "HTTP 303 asks for a GET; the message was posted again");
    if (end) return *std::move(end);
  }
  if (url->origin() != url_.origin()) {
    auth_.forget();
    auth_.new_connection();
  }
  challenge_answered_ = false;  // another place may ask for itself; redirects are bounded
  url_ = *std::move(url);
  writer_.write(journal::Redirected{reply.status, url_.text()});
  return post();
}

Action SessionMachine::Impl::on_refusal(const HttpReply& reply) {
  const int status = reply.status;
  if (may_fall_back() && (status == 400 || status == 500)) return fall_back();
  if (status == 503 || status == 429) outcome_.retry_after = retry_after(reply);
  std::string detail = with_reason(status, reply.body);
  if (status == 503) return fail(Cause::service_unavailable, std::move(detail));
  if (status == 407) return fail(Cause::unauthorized, std::move(detail));
  if (status >= 400 && status <= 499) return fail(Cause::http_client_error, std::move(detail));
  if (status >= 500 && status <= 599) return fail(Cause::http_server_error, std::move(detail));
  return fail(Cause::unexpected_status, std::move(detail));
}

}  // namespace cpefleet::cwmp
