// SPDX-License-Identifier: Apache-2.0
#include "engine/session.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include "base/rng.hpp"
#include "device/interceptors.hpp"
#include "engine/fleet_state.hpp"
#include "engine/pace.hpp"

namespace cpefleet::engine {
namespace {

namespace asio = boost::asio;

// Waits on the shard's wheel. A plain function that builds the operation, so that no lambda with captures shares a full
// expression with co_await (GCC 12 destroys those twice).
asio::awaitable<void> sleep_for(Session& session, Duration wait) {
  auto start = [](auto handler, Session* of, Duration how_long) {
    using Handler = decltype(handler);
    struct Op : Callback {
      Op(TimerWheel& wheel, Handler h) : Callback(wheel, {}), handler(std::move(h)) {}
      Handler handler;
    };
    auto* op = new Op(of->shard.wheel(), std::move(handler));
    op->run = [op, of] {
      of->sleeping = nullptr;
      auto done = std::move(op->handler);
      delete op;
      std::move(done)();
    };
    of->sleeping = op;
    of->shard.schedule(*op, of->shard.clock().now() + how_long);
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(start), asio::use_awaitable, &session,
                                                                     wait);
}

// Until the store has what the device answered so far; whether it has. A plain function, as above.
asio::awaitable<bool> saved(Session& session) {
  auto start = [](auto handler, Session* of) {
    // The store wants a function that can be copied.
    auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
    auto& io = of->shard.context();
    of->shard.save(of->slot, of->view.record(), [waiting, &io](const Result<void>& written) {
      asio::post(io, [waiting, good = written.has_value()] { std::move (*waiting)(good); });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(std::move(start), asio::use_awaitable,
                                                                         &session);
}

cwmp::SessionConfig make_config(const Shard& shard, const Shard::Slot& slot, Url url, std::uint64_t random) {
  const auto& plan = shard.plan();
  cwmp::SessionConfig config;
  config.url = std::move(url);
  const bool v1_1 = plan.acs.cwmp_1_1 || plan.fleet[slot.group].group->profile->cwmp_1_1;
  config.version = v1_1 ? cwmp::Version::v1_1 : cwmp::Version::v1_0;
  config.strict = plan.strict;
  config.limits.rpcs_per_session = plan.limits.rpcs_per_session;
  config.random = random;
  return config;
}

transport::Request to_request(const cwmp::SendPost& post, std::string_view user_agent) {
  transport::Request request;
  request.url = post.url;
  request.body = post.body;
  request.envelope = post.kind != cwmp::PostKind::empty;
  request.user_agent = user_agent;
  request.authorization = post.authorization;
  request.cookie = post.cookie;
  request.ends_session_if_empty = post.ends_session_if_empty;
  request.extra_headers = post.extra_headers;
  return request;
}

// What the machine is told of an exchange, and the journal with it.
cwmp::SessionEvent to_event(Session& session, std::string_view message, transport::Outcome outcome, Duration waited) {
  if (auto* failed = std::get_if<transport::Failed>(&outcome)) {
    if (failed->cause == Cause::message_too_big) session.journal.write(journal::CapHit{"message_size"});
    return cwmp::TransportFailure{failed->cause, std::move(failed->detail)};
  }
  auto& reply = std::get<transport::Reply>(outcome);
  session.journal.last_exchange(waited);
  session.journal.write(journal::Received{message, reply.status, reply.body, waited});
  cwmp::HttpReply event;
  event.status = reply.status;
  event.body = std::move(reply.body);
  event.connection_closed = reply.connection_closed;
  event.headers.reserve(reply.headers.size());
  for (auto& header : reply.headers) event.headers.push_back({std::move(header.name), std::move(header.value)});
  return event;
}

// Everything between the first POST and the last reply.
asio::awaitable<cwmp::SessionOutcome> play(Session& session) {
  auto& shard = session.shard;
  const auto& plan = shard.plan();
  const auto& group = plan.fleet[session.slot.group];
  auto& machine = *session.machine;
  const auto deadline = session.started + plan.limits.session_time;
  std::uint64_t exchange = 0;
  cwmp::SessionEvent event = cwmp::Begin{};
  for (;;) {
    cwmp::Action action =
        session.abort ? machine.abort(Cause::aborted, "the run ended") : machine.next(std::move(event));
    if (shard.clock().now() > deadline && std::holds_alternative<cwmp::SendPost>(action)) {
      session.journal.write(journal::CapHit{"session_time"});
      action = machine.abort(Cause::session_too_long, "limits.session_time reached");
    }
    if (auto* end = std::get_if<cwmp::End>(&action)) co_return std::move(end->outcome);
    const auto& post = std::get<cwmp::SendPost>(action);
    if (shard.keeps_state() && is_promise(post.message)) {
      const auto begun = shard.clock().now();
      const bool good = co_await saved(session);
      session.paced += shard.clock().now() - begun;  // the device's own time, not the ACS's
      if (session.abort) co_return machine.abort(Cause::aborted, "the run ended").outcome;
      if (!good) co_return machine.abort(Cause::not_saved, "the state file could not be written").outcome;
    }
    if (!group.pace.none()) {
      const auto random =
          draw(plan.seed, Stream::think_time, shard.position(session.slot.group, session.slot.device.index()),
               mix64(static_cast<std::uint64_t>(session.planned.time_since_epoch().count())) + exchange);
      const auto pause = pause_before(group.pace, post.message, post.body.size(), random);
      co_await sleep_for(session, pause);
      session.paced += pause;
      session.journal.write(journal::Paced{pause});
      if (session.abort) co_return machine.abort(Cause::aborted, "the run ended").outcome;
    }
    ++exchange;
    auto request = to_request(post, group.group->profile->user_agent);
    const auto sent_at = shard.clock().now();
    auto reply = co_await session.channel->post(request);
    const auto waited = shard.clock().now() - sent_at;
    if (const auto* got = std::get_if<transport::Reply>(&reply); got != nullptr && got->connected_in) {
      session.journal.write(journal::Connected{post.url->origin(), got->reopened, *got->connected_in});
    }
    event = to_event(session, post.message, std::move(reply), waited);
  }
}

}  // namespace

Session::Session(Shard& on, Shard::Slot& of, std::unique_ptr<transport::Channel> ch, const journal::Context& context,
                 const SinkList& sinks, TimePoint when)
    : shard(on),
      slot(of),
      channel(std::move(ch)),
      planned(when),
      started(on.clock().now()),
      journal(sinks, on.clock(), context),
      view(of.device, on.device_context(of.group)),
      interceptors(device::make_interceptors(*on.plan().fleet[of.group].group->profile)) {
  const auto& url = on.parsed(view.acs_url());
  if (!url) {
    url_error = view.acs_url().empty() ? "the device has no ACS URL (ManagementServer.URL is empty)"
                                       : fmt::format("ManagementServer.URL: {}", url.error().message());
    return;
  }
  const auto random = draw(on.plan().seed, Stream::rpc_id, context.session);
  machine.emplace(make_config(on, of, *url, random), view, interceptors, journal);
}

boost::asio::awaitable<void> drive(std::unique_ptr<Session> session) {
  auto& shard = session->shard;
  cwmp::SessionOutcome outcome;
  try {
    if (session->machine) {
      outcome = co_await play(*session);
    } else {
      outcome.cause = Cause::resolve_failed;
      outcome.detail = session->url_error;
    }
  } catch (...) {  // a defect of ours, or no memory: counted, and the device goes on
    outcome.cause = Cause::internal;
    outcome.detail = "internal error";
    shard.record_defect(std::current_exception());
  }
  session->channel.reset();  // S-9: the connection goes before anything else happens
  shard.session_over(session->slot, *session, outcome);
}

}  // namespace cpefleet::engine
