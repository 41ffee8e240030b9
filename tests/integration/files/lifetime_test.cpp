// SPDX-License-Identifier: Apache-2.0
// Cancelling and destroying in each state. Most of what these hold is seen by AddressSanitizer.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>
#include <thread>

#include "integration/files/client.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::transport::test {
namespace {

namespace asio = boost::asio;
using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

enum class State { not_begun, connecting, handshaking, waiting, receiving, sending, redirected, limited };
constexpr State kStates[] = {State::not_begun, State::connecting, State::handshaking, State::waiting,
                             State::receiving, State::sending,    State::redirected,  State::limited};

RawServer::Script script(State state) {
  return [state](RawConnection& connection) {
    if (state != State::sending && state != State::handshaking) static_cast<void>(connection.read_request());
    if (state == State::receiving || state == State::limited) {
      connection.send("HTTP/1.1 200 OK\r\n\r\n");
      while (connection.send(std::string(1000, 'x'))) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    if (state == State::redirected) {
      connection.send(http_reply(302, "", "Location: /there\r\n"));
      static_cast<void>(connection.read_request());
    }
    connection.wait_until_closed();
  };
}

struct Fixture {
  State state;
  RawServer server;
  FileClient client;
  std::unique_ptr<Running> running;

  explicit Fixture(State at) : state(at), server(script(at)) {
    Url url = url_of(server.port());
    if (state == State::handshaking) url.scheme = "https";
    FileRequest request = state == State::sending ? put_filler(url, 1ULL << 40) : get(url, 0);
    if (state == State::limited) request.speed = 2000;
    running = client.start(request);
    while (!reached()) client.io.run_one_for(std::chrono::milliseconds{1});
  }
  bool reached() const {
    switch (state) {
      case State::not_begun: return true;
      case State::connecting:
      case State::handshaking: return server.connections() > 0;
      case State::waiting: return !server.requests().empty();
      case State::sending:
      case State::limited:
      case State::receiving: return running->transfer->moved() > 0;
      case State::redirected: return server.requests().size() > 1;
    }
    return false;
  }
};

TEST_CASE("a cancelled transfer ends as aborted, later, and its connection is closed") {
  for (const State state : kStates) {
    CAPTURE(static_cast<int>(state));
    if (state == State::not_begun) continue;
    Fixture fixture(state);
    fixture.running->transfer->cancel();
    fixture.running->transfer->cancel();
    CHECK_FALSE(fixture.running->result());
    CHECK(fixture.server.wait_for_closed(1));
    fixture.client.finish(*fixture.running);
    CHECK(fixture.running->result()->end == FileEnd::aborted);
    fixture.running->transfer->cancel();
    CHECK(fixture.client.mover->running() == 1);
    fixture.running->transfer.reset();
    CHECK(fixture.client.mover->running() == 0);
  }
}

TEST_CASE("a transfer destroyed in any state ends as aborted") {
  for (const State state : kStates) {
    CAPTURE(static_cast<int>(state));
    Fixture fixture(state);
    fixture.running->transfer.reset();
    CHECK(fixture.client.mover->running() == 0);
    fixture.client.finish(*fixture.running);
    CHECK(fixture.running->result()->end == FileEnd::aborted);
  }
}

TEST_CASE("a mover destroyed with transfers in any state ends them as aborted") {
  for (const State state : kStates) {
    CAPTURE(static_cast<int>(state));
    Fixture fixture(state);
    fixture.client.mover.reset();
    fixture.client.finish(*fixture.running);
    CHECK(fixture.running->result()->end == FileEnd::aborted);
    fixture.running->transfer->cancel();
    fixture.running->transfer.reset();
  }
}

asio::awaitable<void> own_transfer(std::unique_ptr<FileTransfer> transfer, FileRequest request) {
  static_cast<void>(co_await transfer->run(std::move(request)));
}

TEST_CASE("an io_context destroyed with coroutines that own their transfers leaves nothing behind") {
  for (const State state : {State::connecting, State::waiting, State::receiving, State::sending}) {
    CAPTURE(static_cast<int>(state));
    RawServer server(script(state));
    auto client = std::make_unique<FileClient>();
    for (int i = 0; i < 5; ++i) {
      const Url url = url_of(server.port());
      FileRequest request = state == State::sending ? put_filler(url, 1ULL << 40) : get(url, 0);
      asio::co_spawn(client->io, own_transfer(client->mover->open(), std::move(request)),
                     [](const std::exception_ptr&) {});
    }
    while (server.connections() < 5) client->io.run_one_for(std::chrono::milliseconds{1});
    client.reset();
  }
}

TEST_CASE("a coroutine's cancellation slot cancels the transfer") {
  RawServer server(script(State::waiting));
  FileClient client;
  const auto transfer = client.mover->open();
  asio::cancellation_signal signal;
  std::optional<FileResult> result;
  asio::co_spawn(client.io, transfer->run(get(url_of(server.port()))),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&result](const std::exception_ptr&, FileResult got) { result = std::move(got); }));
  while (server.requests().empty()) client.io.run_one_for(std::chrono::milliseconds{1});
  signal.emit(asio::cancellation_type::terminal);
  CHECK_FALSE(result);
  while (!result) REQUIRE(client.io.run_one() > 0);
  CHECK(result->end == FileEnd::aborted);
}

TEST_CASE("a transfer runs once") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x"));
    connection.wait_until_closed();
  });
  FileClient client;
  const auto running = client.start(get(url_of(server.port())));
  client.finish(*running);
  CHECK(running->result()->end == FileEnd::ok);
  CHECK(server.wait_for_closed(1));  // with the transfer's end, not with its object's
  std::optional<FileResult> again;
  asio::co_spawn(client.io, running->transfer->run(get(url_of(server.port()))),
                 [&again](const std::exception_ptr&, FileResult got) { again = std::move(got); });
  client.io.restart();
  while (!again) REQUIRE(client.io.run_one() > 0);
  CHECK(again->end == FileEnd::bad_request);
}

TEST_CASE("without transfers under way the io_context runs out of work") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x"));
    connection.wait_until_closed();
  });
  FileClient client;
  const auto running = client.start(get(url_of(server.port())));
  client.finish(*running);
  client.io.restart();
  client.io.run();  // would not return
  CHECK(client.io.stopped());
}

}  // namespace
}  // namespace cpefleet::transport::test
