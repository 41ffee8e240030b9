// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cwmp/session/auth.hpp"
#include "cwmp/session/cookies.hpp"
#include "cwmp/session/machine.hpp"

namespace cpefleet::cwmp {

// The state of one session and its transitions. In three files: machine.cpp begins, composes and ends; http_reply.cpp
// deals with what is HTTP's (status, authentication, redirects); dialogue.cpp with what is CWMP's.
//
//   state       reply                                   becomes
//   fresh       (Begin)                                 informing, POST Inform
//   informing   401, 3xx                                informing, same message again
//               fault 8005                              informing, same message again, at most retry_requests times
//               1.1 refused                             informing, POST Inform in 1.0, once
//               InformResponse                          open, see advance()
//               anything else                           ended
//   open        401, 3xx                                open, same message again
//               request of the ACS                      open, POST response
//               answer or fault to the own request      open, see advance()
//               empty                                   open or ended, see advance()
//               anything else                           ended
class SessionMachine::Impl {
 public:
  Impl(SessionConfig config, SessionHost& host, InterceptorChain& chain, JournalWriter& writer);

  Action next(SessionEvent event);
  End abort(Cause cause, std::string detail);

 private:
  enum class State : std::uint8_t { fresh, informing, open, ended };

  // --- machine.cpp
  Action begin();
  // body_ is encoded: gives it to the interceptors and sends it as a new message.
  Action send(PostKind kind, std::string_view message);
  // Sends the present message, for the first time or again (H-10, H-15, S-12).
  Action post();
  End end();
  End fail(Cause cause, std::string detail);
  // Journals a finding; a value when `strict` makes it the end of the session, with `cause`.
  std::optional<End> finding(Cause cause, std::string_view rule, std::string_view what);
  void draw_id();

  // --- http_reply.cpp
  Action on_reply(HttpReply reply);
  Action on_challenge(const HttpReply& reply);
  Action on_redirect(const HttpReply& reply);
  Action on_refusal(const HttpReply& reply);
  std::optional<End> judge_http(const HttpReply& reply, bool empty);

  // --- dialogue.cpp
  Action on_content(HttpReply reply);
  Action on_message(AcsMessage message);
  Action on_empty();
  Action on_request(const AcsMessage& message, const AcsRequest& request);
  Action on_answer(std::string_view name);
  Action on_fault(const Fault& fault);
  Action on_inform_accepted();
  Action on_inform_fault(const Fault& fault);
  // Nothing of the ACS waits for an answer: an own request, the empty POST, or the end (S-4 to S-8).
  Action advance(bool reply_was_empty);
  CpeResponse answer_for(const AcsRequest& request);
  CpeResponse refuse(const BadArguments& bad) const;
  std::optional<End> judge_id(const AcsMessage& message);
  // A value when an interceptor cuts the session after the answer whose reply has come.
  std::optional<End> cut_by_device();
  [[nodiscard]] bool may_fall_back() const;
  Action fall_back();

  SessionConfig config_;
  SessionHost& host_;
  InterceptorChain& chain_;
  JournalWriter& writer_;

  State state_ = State::fresh;
  Version version_;
  SessionOutcome outcome_;
  Url url_;  // changes with redirects
  CookieJar cookies_;
  Authenticator auth_;

  // The message that was sent last.
  PostKind kind_ = PostKind::empty;
  std::string message_;
  std::string body_;
  std::vector<std::string> extra_headers_;
  std::string authorization_;
  std::string cookie_;
  // How often it was sent again, and why.
  std::uint32_t stale_challenges_ = 0;
  bool challenge_answered_ = false;
  std::uint32_t retries_ = 0;    // after 8005
  std::uint32_t redirects_ = 0;  // consecutive

  std::string id_;  // of the last message that asks for an answer
  std::uint64_t ids_drawn_ = 0;
  std::vector<std::string> inform_events_;  // codes of the Inform that was sent
  std::optional<CpeRequest> pending_;       // own request that waits for its answer
  std::string answered_method_;             // the ACS request that the last POST answered
  bool hold_ = false;                       // HoldRequests is in force (E-8)
  bool asking_over_ = false;                // no more own requests in this session (S-6)
  bool empty_sent_ = false;                 // an empty POST was sent while not held (S-7)
};

}  // namespace cpefleet::cwmp
