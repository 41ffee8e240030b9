// SPDX-License-Identifier: Apache-2.0
// Cancelling and destroying in the middle of an exchange. Most of what these hold is seen by AddressSanitizer.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>
#include <optional>

#include "integration/transport/client.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::transport::test {
namespace {

namespace asio = boost::asio;
using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

RawServer::Script silence() {
  return [](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.wait_until_closed();
  };
}

// An exchange under way, on a server that never answers.
struct Waiting {
  RawServer server{silence()};
  Client client;
  std::unique_ptr<Channel> channel = client.open();
  Url url = url_of(server.port());
  asio::cancellation_signal signal;
  std::optional<Outcome> outcome;

  void start() {
    Request request;
    request.url = &url;
    request.body = "<soap/>";
    auto done = [this](const std::exception_ptr& thrown, Outcome result) {
      if (thrown) std::rethrow_exception(thrown);
      outcome = std::move(result);
    };
    asio::co_spawn(client.io, channel->post(request), asio::bind_cancellation_slot(signal.slot(), done));
    while (server.requests().empty()) client.io.run_one_for(std::chrono::milliseconds{1});
  }
  void finish() {
    while (!outcome) REQUIRE(client.io.run_one() > 0);
  }
};

void check_aborted(const std::optional<Outcome>& outcome) {
  REQUIRE(outcome);
  REQUIRE(std::holds_alternative<Failed>(*outcome));
  CHECK(std::get<Failed>(*outcome).cause == Cause::aborted);
}

TEST_CASE("a cancelled exchange ends as aborted, later, and its connection is closed") {
  Waiting waiting;
  waiting.start();
  SUBCASE("by the channel") { waiting.channel->cancel(); }
  SUBCASE("by the coroutine's cancellation slot") { waiting.signal.emit(asio::cancellation_type::terminal); }
  SUBCASE("twice") {
    waiting.signal.emit(asio::cancellation_type::total);
    waiting.channel->cancel();
  }
  CHECK_FALSE(waiting.outcome);
  waiting.finish();
  check_aborted(waiting.outcome);
  CHECK(waiting.server.wait_for_closed(1));
}

TEST_CASE("cancelling without an exchange does nothing") {
  Client client;
  client.open()->cancel();
}

TEST_CASE("after a cancelled exchange the channel can go on") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    if (connection.index() == 0) return connection.wait_until_closed();
    connection.send(http_reply(200, "again"));
    connection.wait_until_closed();
  });
  Client client;
  const auto channel = client.open();
  const Url url = url_of(server.port());
  Request request;
  request.url = &url;
  std::optional<Outcome> outcome;
  asio::co_spawn(client.io, channel->post(request),
                 [&outcome](const std::exception_ptr&, Outcome result) { outcome = std::move(result); });
  while (server.requests().empty()) client.io.run_one_for(std::chrono::milliseconds{1});
  channel->cancel();
  while (!outcome) REQUIRE(client.io.run_one() > 0);
  check_aborted(outcome);
  const Reply reply = client.reply(*channel, url);
  CHECK(reply.body == "again");
  CHECK(reply.reopened);
}

TEST_CASE("a channel destroyed in the middle of an exchange ends it as aborted") {
  Waiting waiting;
  waiting.start();
  waiting.channel.reset();
  CHECK(waiting.client.transport->open_channels() == 0);
  CHECK(waiting.server.wait_for_closed(1));
  waiting.finish();
  check_aborted(waiting.outcome);
}

TEST_CASE("a transport destroyed in the middle of an exchange ends it as aborted") {
  Waiting waiting;
  waiting.start();
  waiting.client.transport.reset();
  CHECK(waiting.server.wait_for_closed(1));
  waiting.finish();
  check_aborted(waiting.outcome);
  CHECK(waiting.client.failure(*waiting.channel, waiting.url).cause == Cause::aborted);
  waiting.channel->cancel();
  waiting.channel.reset();
}

asio::awaitable<void> own_channel(std::unique_ptr<Channel> channel, const Url& url) {
  Request request;
  request.url = &url;
  for (;;) {
    const Outcome outcome = co_await channel->post(request);
    if (std::holds_alternative<Failed>(outcome)) co_return;
  }
}

TEST_CASE("an io_context destroyed with coroutines that own their channels leaves nothing behind") {
  RawServer server(silence());
  const Url url = url_of(server.port());
  auto client = std::make_unique<Client>();
  for (int i = 0; i < 10; ++i) {
    asio::co_spawn(client->io, own_channel(client->open(), url), [](const std::exception_ptr&) {});
  }
  while (server.requests().size() < 10) client->io.run_one_for(std::chrono::milliseconds{1});
  client.reset();
  CHECK(server.wait_for_closed(10));
}

TEST_CASE("an exchange that nobody began to wait for costs nothing") {
  Client client;
  const auto channel = client.open();
  const Url url = url_of(1);
  Request request;
  request.url = &url;
  { const auto never = channel->post(request); }
  CHECK(client.transport->open_channels() == 1);
}

TEST_CASE("without channels the io_context runs out of work") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x"));
    connection.wait_until_closed();
  });
  Client client;
  CHECK(client.reply(*client.open(), url_of(server.port())).status == 200);
  client.io.restart();
  client.io.run();  // would not return
  CHECK(client.io.stopped());
}

TEST_CASE("a second exchange at the same time on one channel is refused, the first goes on [H-8]") {
  Waiting waiting;
  waiting.start();
  CHECK(waiting.client.failure(*waiting.channel, waiting.url).cause == Cause::internal);
  CHECK_FALSE(waiting.outcome);
  waiting.channel->cancel();
  waiting.finish();
}

TEST_CASE("an idle connection that the server closed does not keep the processor busy") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x"));
  });
  Client client;
  const auto channel = client.open();
  static_cast<void>(client.reply(*channel, url_of(server.port())));
  REQUIRE(server.wait_for_closed(1));
  client.io.restart();
  // The close is noticed once; were it reported again and again, so would the handlers be.
  CHECK(client.io.run_for(std::chrono::milliseconds{50}) < 10);
}

}  // namespace
}  // namespace cpefleet::transport::test
