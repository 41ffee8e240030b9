// SPDX-License-Identifier: Apache-2.0
#include "engine/request_desk.hpp"

#include <utility>

namespace cpefleet::engine {
namespace {

using metrics::Id;
using transport::ServerReply;

// A phone takes that long to turn from its web server to its session; our 200 is out by then (C-5).
constexpr Duration kReaction = std::chrono::milliseconds{10};

ServerReply reply_of(int status) {
  ServerReply reply;
  reply.status = status;
  reply.close = true;
  return reply;
}

connreq::GuardOptions options_of(std::string secret) {
  connreq::GuardOptions options;
  options.secret = std::move(secret);
  return options;
}

}  // namespace

RequestDesk::RequestDesk(Shard& shard, std::string secret) : shard_(shard), guard_(options_of(std::move(secret))) {}

ServerReply RequestDesk::answer(const Request& request) {
  auto* slot = shard_.at(request.position);
  if (slot == nullptr) return reply_of(404);
  const auto count = [&](std::string_view what) {
    shard_.collector().count(Id::connection_requests, journal::kNoPhase, slot->group, what);
  };
  const auto context = shard_.device_context(slot->group);
  if (slot->device.offline() || !slot->device.powered()) {
    count("offline");
    ServerReply reply;
    reply.fate = ServerReply::Fate::stall;
    return reply;
  }
  if (request.method != "GET") return reply_of(405);

  const auto login = slot->device.connection_request_login(context);
  const auto& profile = *context.group.profile;
  const connreq::Guarded guarded{request.position, profile.connection_request_realm, login.username, login.password,
                                 profile.connection_request_opaque};
  const auto now = shard_.clock().now();
  const auto outcome = guard_.check({request.method, request.target, request.authorization}, guarded, now);
  if (outcome.verdict != connreq::Verdict::ok) {
    count(outcome.verdict == connreq::Verdict::challenge ? "challenged" : "unauthorized");
    auto reply = reply_of(401);
    reply.close = profile.connection_request_close;  // else clients come back on the same connection
    const bool stale = outcome.verdict == connreq::Verdict::stale;
    reply.headers.emplace_back("WWW-Authenticate", guard_.challenge(guarded, now, stale));
    return reply;
  }
  const auto became = admit(*slot);
  count(became);
  return reply_of(became == "throttled" ? 503 : 200);  // without Retry-After (C-7)
}

std::string_view RequestDesk::admit(Shard::Slot& slot) {
  const auto context = shard_.device_context(slot.group);
  const auto& limits = shard_.plan().connection_requests;
  if (shard_.draining() || !slot.device.admit_connection_request(context, {limits.throttle, limits.throttle_window}))
    return "throttled";
  device::Stimulus stimulus;
  stimulus.kind = device::Stimulus::Kind::connection_request;
  const bool starts = slot.device.stimulate(context, stimulus) == device::Admission::start;
  if (starts) slot.device.postpone(device::OwnTrigger::connection_request, shard_.clock().now() + kReaction);
  shard_.touch(slot);
  return starts ? "accepted" : "queued";
}

}  // namespace cpefleet::engine
