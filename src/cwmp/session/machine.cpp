// SPDX-License-Identifier: Apache-2.0
#include "cwmp/session/machine.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/hex.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"
#include "cwmp/session/impl.hpp"
#include "cwmp/soap_encode.hpp"

namespace cpefleet::cwmp {

SessionMachine::Impl::Impl(SessionConfig config, SessionHost& host, InterceptorChain& chain, JournalWriter& writer)
    : config_(std::move(config)),
      host_(host),
      chain_(chain),
      writer_(writer),
      version_(config_.version),
      url_(config_.url),
      cookies_(config_.limits.cookies),
      auth_(config_.random) {}

Action SessionMachine::Impl::next(SessionEvent event) {
  if (state_ == State::ended) return End{outcome_};
  const bool begins = std::holds_alternative<Begin>(event);
  if (begins != (state_ == State::fresh)) return fail(Cause::internal, "session events out of order");
  if (begins) return begin();
  if (auto* reply = std::get_if<HttpReply>(&event)) return on_reply(std::move(*reply));
  auto& failure = std::get<TransportFailure>(event);
  return fail(failure.cause, std::move(failure.detail));
}

Action SessionMachine::Impl::begin() {
  state_ = State::informing;
  Inform inform = host_.inform(version_);
  for (const auto& interceptor : chain_) interceptor->on_inform(inform);
  inform_events_.clear();
  for (const Event& event : inform.events) inform_events_.push_back(event.code);
  draw_id();
  encode_inform(body_, version_, id_, inform);
  return send(PostKind::inform, "Inform");
}

void SessionMachine::Impl::draw_id() { id_ = to_hex(draw(config_.random, Stream::rpc_id, 0, ids_drawn_++), 8); }

Action SessionMachine::Impl::send(PostKind kind, std::string_view message) {
  Outgoing outgoing;
  outgoing.kind = kind;
  outgoing.message = message;
  outgoing.body = &body_;
  for (const auto& interceptor : chain_) interceptor->on_bytes_out(outgoing);
  kind_ = outgoing.kind;
  message_ = outgoing.message;
  extra_headers_ = std::move(outgoing.extra_headers);
  challenge_answered_ = false;
  stale_challenges_ = 0;
  retries_ = 0;
  return post();
}

Action SessionMachine::Impl::post() {
  authorization_ = auth_.authorization("POST", url_.target);
  cookie_ = cookies_.header_for(url_);
  writer_.write(journal::Sent{message_, body_});
  SendPost action;
  action.url = &url_;
  action.kind = kind_;
  action.message = message_;
  action.body = body_;
  action.authorization = authorization_;
  action.cookie = cookie_;
  action.ends_session_if_empty = kind_ == PostKind::empty && empty_sent_;
  action.extra_headers = extra_headers_.empty() ? nullptr : &extra_headers_;
  return action;
}

End SessionMachine::Impl::end() {
  state_ = State::ended;
  return End{outcome_};
}

End SessionMachine::Impl::fail(Cause cause, std::string detail) {
  outcome_.cause = cause;
  outcome_.detail = std::move(detail);
  return end();
}

End SessionMachine::Impl::abort(Cause cause, std::string detail) {
  if (state_ == State::ended) return End{outcome_};
  return fail(cause, std::move(detail));
}

std::optional<End> SessionMachine::Impl::finding(Cause cause, std::string_view rule, std::string_view what) {
  writer_.write(journal::Finding{rule, what});
  if (!config_.strict) return std::nullopt;
  return fail(cause, "strict: " + std::string(rule) + ": " + std::string(what));
}

// --- the public face ------------------------------------------------------------------------------------------------

SessionMachine::SessionMachine(SessionConfig config, SessionHost& host, InterceptorChain& chain, JournalWriter& writer)
    : impl_(std::make_unique<Impl>(std::move(config), host, chain, writer)) {}

SessionMachine::~SessionMachine() = default;

Action SessionMachine::next(SessionEvent event) { return impl_->next(std::move(event)); }

End SessionMachine::abort(Cause cause, std::string detail) { return impl_->abort(cause, std::move(detail)); }

bool SessionMachine::wants_header(std::string_view name) {
  constexpr std::array<std::string_view, 8> wanted = {"Content-Encoding", "Content-Type",    "Date",
                                                      "Location",         "Retry-After",     "Set-Cookie",
                                                      "Set-Cookie2",      "WWW-Authenticate"};
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](std::string_view want) { return equal_ignoring_case(want, name); });
}

}  // namespace cpefleet::cwmp
