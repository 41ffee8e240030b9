// SPDX-License-Identifier: Apache-2.0
#include "integration/transport/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <doctest/doctest.h>
#include <optional>

#include "base/text.hpp"

namespace cpefleet::transport::test {

TimePoint SteadyClock::now() const { return TimePoint(std::chrono::steady_clock::now().time_since_epoch()); }

Post empty_post() {
  Post post;
  post.body.clear();
  post.envelope = false;
  return post;
}

Client::Client(CurlTransportOptions options)
    : transport(std::make_unique<CurlTransport>(io.get_executor(), clock, std::move(options))) {}

ChannelOptions Client::quick() {
  ChannelOptions options;
  options.connect_timeout = std::chrono::seconds{20};
  options.response_timeout = std::chrono::seconds{20};
  return options;
}

std::unique_ptr<Channel> Client::open(ChannelOptions options) {
  auto channel = transport->open(std::move(options));
  REQUIRE(channel != nullptr);
  return channel;
}

Outcome Client::post(Channel& channel, const Url& url, const Post& what) {
  Request request;
  request.url = &url;
  request.body = what.body;
  request.envelope = what.envelope;
  request.ends_session_if_empty = what.ends_session;
  request.user_agent = "Grandstream GXP2170";
  request.cookie = what.cookie;
  request.authorization = what.authorization;
  request.extra_headers = &what.extra;
  std::optional<Outcome> outcome;
  boost::asio::co_spawn(io, channel.post(request), [&outcome](const std::exception_ptr& thrown, Outcome result) {
    if (thrown) std::rethrow_exception(thrown);
    outcome = std::move(result);
  });
  io.restart();
  while (!outcome) REQUIRE(io.run_one() > 0);
  return std::move(*outcome);
}

Reply Client::reply(Channel& channel, const Url& url, const Post& what) {
  Outcome outcome = post(channel, url, what);
  if (const auto* failed = std::get_if<Failed>(&outcome)) FAIL(to_string(failed->cause) << ": " << failed->detail);
  return std::get<Reply>(std::move(outcome));
}

Failed Client::failure(Channel& channel, const Url& url, const Post& what) {
  Outcome outcome = post(channel, url, what);
  if (const auto* reply = std::get_if<Reply>(&outcome)) FAIL("answered with status " << reply->status);
  return std::get<Failed>(std::move(outcome));
}

Failed Client::failure(const Url& url, ChannelOptions options) { return failure(*open(std::move(options)), url); }

Url url_of(std::uint16_t port, std::string target, std::string host) {
  Url url;
  url.scheme = "http";
  url.host = std::move(host);
  url.port = port;
  url.target = std::move(target);
  return url;
}

std::string_view header(const Reply& reply, std::string_view name) {
  for (const Header& kept : reply.headers) {
    if (equal_ignoring_case(kept.name, name)) return kept.value;
  }
  return {};
}

}  // namespace cpefleet::transport::test
