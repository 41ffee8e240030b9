// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cwmp/messages.hpp"

namespace cpefleet::cwmp {

// What a POST carries.
enum class PostKind : std::uint8_t { inform, request, response, empty };

// Bytes on their way out. An interceptor may change all of it.
struct Outgoing {
  PostKind kind = PostKind::empty;
  std::string_view message;     // "Inform", "RebootResponse", "" for the empty POST
  std::string* body = nullptr;  // never null; empty for the empty POST
  // Header lines added to the ones of the protocol, without CRLF ("X-Test: 1").
  std::vector<std::string> extra_headers;
};

// One departure from what a device would do: a quirk, an `answers` rule, an abuse. Interceptors stand in an ordered
// chain; every hook may leave things as they are, which is what the defaults do. State that belongs to one session
// lives in the interceptor object, so a chain is made per session (InterceptorFactory). Thread: the shard.
class Interceptor {
 public:
  virtual ~Interceptor() = default;

  // The Inform before it is encoded.
  virtual void on_inform(Inform& /*inform*/) {}
  // A request of the ACS before the device sees it: a value answers in the device's place, which then does nothing.
  virtual std::optional<CpeResponse> on_request(const AcsRequest& /*request*/) { return std::nullopt; }
  // What the device (or an interceptor before) answered.
  virtual void on_response(const AcsRequest& /*request*/, CpeResponse& /*response*/) {}
  // After the answer was sent and its reply came: true cuts the session here (the device goes its own way).
  virtual bool cuts_session_after(std::string_view /*method*/) { return false; }
  // The encoded message, just before it goes out.
  virtual void on_bytes_out(Outgoing& /*outgoing*/) {}
};

using InterceptorChain = std::vector<std::unique_ptr<Interceptor>>;

}  // namespace cpefleet::cwmp
