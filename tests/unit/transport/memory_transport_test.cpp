// SPDX-License-Identifier: Apache-2.0
#include "transport/memory_transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <optional>

#include "unit/transport/simulation.hpp"

namespace cpefleet::transport {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Fate = MemoryReply::Fate;

struct Fixture {
  Simulation simulation;
  std::vector<MemoryRequest> requests;
  std::vector<std::uint64_t> closed;
  MemoryReply next;
  std::optional<MemoryTransport> transport;
  Url url{"http", "acs.example", 7547, "/cwmp"};
  asio::cancellation_signal signal;

  explicit Fixture(MemoryTransportOptions options = {}) {
    transport.emplace(
        simulation.io.get_executor(), simulation.clock, simulation,
        [this](const MemoryRequest& request) {
          requests.push_back(request);
          return next;
        },
        options, [this](std::uint64_t connection) { closed.push_back(connection); });
  }

  std::unique_ptr<Channel> open(ChannelOptions options = {}) { return transport->open(std::move(options)); }

  void start(Channel& channel, std::optional<Outcome>& outcome, Request request = {}) {
    request.url = &url;
    auto done = [&outcome](const std::exception_ptr& thrown, Outcome result) {
      if (thrown) std::rethrow_exception(thrown);
      outcome = std::move(result);
    };
    asio::co_spawn(simulation.io, channel.post(request), asio::bind_cancellation_slot(signal.slot(), done));
  }
  Outcome post(Channel& channel, Request request = {}) {
    std::optional<Outcome> outcome;
    start(channel, outcome, request);
    while (!outcome) REQUIRE(simulation.step());
    return std::move(*outcome);
  }
  Reply reply(Channel& channel, Request request = {}) {
    Outcome outcome = post(channel, request);
    REQUIRE(std::holds_alternative<Reply>(outcome));
    return std::get<Reply>(std::move(outcome));
  }
  Cause failure(Channel& channel) {
    const Outcome outcome = post(channel);
    REQUIRE(std::holds_alternative<Failed>(outcome));
    CHECK_FALSE(std::get<Failed>(outcome).detail.empty());
    return std::get<Failed>(outcome).cause;
  }
};

TEST_CASE("the handler sees what the wire would carry [H-3] [H-4] [H-5]") {
  Fixture f;
  const auto channel = f.open();
  const std::vector<std::string> extra{"X-Model: GXP2170"};
  Request request;
  request.body = "<soap/>";
  request.user_agent = "Grandstream";
  request.cookie = "session=1";
  request.extra_headers = &extra;
  f.next.body = "<ok/>";
  f.next.headers = {{"Set-Cookie", "a=1"}, {"Server", "x"}};
  const Reply reply = f.reply(*channel, request);
  CHECK(reply.status == 200);
  CHECK(reply.body == "<ok/>");
  CHECK(reply.headers.size() == 2);
  request = {};
  request.envelope = false;
  static_cast<void>(f.reply(*channel, request));
  REQUIRE(f.requests.size() == 2);
  using Headers = std::vector<std::pair<std::string, std::string>>;
  CHECK(f.requests[0].method == "POST");
  CHECK(f.requests[0].target == "/cwmp");
  CHECK(f.requests[0].body == "<soap/>");
  CHECK(f.requests[0].headers == Headers{{"Host", "acs.example:7547"},
                                         {"User-Agent", "Grandstream"},
                                         {"Cookie", "session=1"},
                                         {"Content-Type", "text/xml; charset=utf-8"},
                                         {"SOAPAction", ""},
                                         {"X-Model", "GXP2170"},
                                         {"Content-Length", "7"}});
  CHECK(f.requests[1].headers == Headers{{"Host", "acs.example:7547"}, {"Content-Length", "0"}});
}

TEST_CASE("only wanted headers are kept") {
  Fixture f;
  ChannelOptions options;
  options.wants_header = [](std::string_view name) { return name == "Set-Cookie"; };
  f.next.headers = {{"Server", "x"}, {"Set-Cookie", "a=1"}};
  const Reply reply = f.reply(*f.open(options));
  REQUIRE(reply.headers.size() == 1);
  CHECK(reply.headers[0].value == "a=1");
}

TEST_CASE("an exchange takes connecting, both ways and the handler's delay, in virtual time") {
  MemoryTransportOptions options;
  options.connect_time = milliseconds{30};
  options.one_way = milliseconds{20};
  Fixture f(options);
  const auto channel = f.open();
  f.next.delay = milliseconds{500};
  static_cast<void>(f.reply(*channel));
  CHECK(f.simulation.clock.now() == TimePoint{} + milliseconds{570});
  static_cast<void>(f.reply(*channel));
  CHECK(f.simulation.clock.now() == TimePoint{} + milliseconds{570 + 540});
}

TEST_CASE("a channel keeps its connection until the reply closes it, and says when it has a new one [H-9]") {
  Fixture f;
  auto channel = f.open();
  CHECK_FALSE(f.reply(*channel).reopened);
  f.next.close = true;
  CHECK(f.reply(*channel).connection_closed);
  f.next.close = false;
  CHECK(f.reply(*channel).reopened);
  CHECK_FALSE(f.reply(*channel).reopened);
  const auto other = f.open();
  static_cast<void>(f.reply(*other));
  channel.reset();
  std::vector<std::uint64_t> connections;
  for (const auto& request : f.requests) connections.push_back(request.connection);
  CHECK(connections == std::vector<std::uint64_t>{1, 1, 2, 2, 3});
  CHECK(f.closed == std::vector<std::uint64_t>{1, 2});
  CHECK(f.transport->open_channels() == 1);
}

TEST_CASE("faults end as the causes they have on real sockets") {
  Fixture f;
  const auto channel = f.open();
  const std::pair<Fate, Cause> expected[] = {{Fate::close_without_answer, Cause::cut_after_send},
                                             {Fate::reset, Cause::cut_after_send},
                                             {Fate::truncate, Cause::truncated_reply},
                                             {Fate::refuse, Cause::connect_refused}};
  for (const auto& [fate, cause] : expected) {
    f.next.fate = fate;
    CHECK(f.failure(*channel) == cause);
  }
  CHECK(f.closed.size() == 4);
}

TEST_CASE("a stall and a late reply are response_timeout, after exactly that time [H-11]") {
  Fixture f;
  ChannelOptions options;
  options.response_timeout = seconds{30};
  const auto channel = f.open(options);
  SUBCASE("a stall") { f.next.fate = Fate::stall; }
  SUBCASE("a late reply") { f.next.delay = seconds{31}; }
  CHECK(f.failure(*channel) == Cause::response_timeout);
  CHECK(f.simulation.clock.now() == TimePoint{} + seconds{30});
  CHECK(f.closed.size() == 1);
}

TEST_CASE("a connection that takes too long is connect_timeout") {
  MemoryTransportOptions options;
  options.connect_time = seconds{40};
  Fixture f(options);
  CHECK(f.failure(*f.open()) == Cause::connect_timeout);
  CHECK(f.simulation.clock.now() == TimePoint{} + seconds{30});
  CHECK(f.requests.empty());
}

TEST_CASE("a long reply is message_too_big") {
  Fixture f;
  ChannelOptions options;
  options.message_size = 10;
  f.next.body = "0123456789x";
  CHECK(f.failure(*f.open(options)) == Cause::message_too_big);
}

TEST_CASE("https says that it cannot be simulated [H-23]") {
  Fixture f;
  f.url.scheme = "https";
  const Outcome outcome = f.post(*f.open());
  REQUIRE(std::holds_alternative<Failed>(outcome));
  CHECK(std::get<Failed>(outcome).cause == Cause::tls_failed);
  CHECK(std::get<Failed>(outcome).detail.find("real sockets") != std::string::npos);
}

TEST_CASE("an exchange given up in the middle ends as aborted, and its timers come to nothing") {
  Fixture f;
  f.next.delay = seconds{5};
  auto channel = f.open();
  std::optional<Outcome> outcome;
  f.start(*channel, outcome);
  bool handled = true;
  SUBCASE("cancelled before the handler") {
    f.simulation.io.poll();
    channel->cancel();
    handled = false;
  }
  SUBCASE("cancelled after it") {
    while (f.requests.empty()) f.simulation.step();
    channel->cancel();
  }
  SUBCASE("cancelled by the coroutine's slot") {
    while (f.requests.empty()) f.simulation.step();
    f.signal.emit(asio::cancellation_type::terminal);
  }
  SUBCASE("the channel destroyed") {
    while (f.requests.empty()) f.simulation.step();
    channel.reset();
  }
  SUBCASE("the transport destroyed") {
    while (f.requests.empty()) f.simulation.step();
    f.transport.reset();
  }
  CHECK_FALSE(outcome);
  while (f.simulation.step()) {
  }
  REQUIRE(outcome);
  REQUIRE(std::holds_alternative<Failed>(*outcome));
  CHECK(std::get<Failed>(*outcome).cause == Cause::aborted);
  CHECK(f.requests.size() == (handled ? 1U : 0U));
}

TEST_CASE("beyond its channels a transport gives none") {
  MemoryTransportOptions options;
  options.max_channels = 1;
  Fixture f(options);
  auto only = f.open();
  CHECK_FALSE(f.transport->can_open());
  CHECK(f.open() == nullptr);
  only.reset();
  CHECK(f.transport->can_open());
}

TEST_CASE("after the transport is gone, exchanges on its channels are aborted") {
  Fixture f;
  const auto channel = f.open();
  f.transport.reset();
  CHECK(f.failure(*channel) == Cause::aborted);
}

}  // namespace
}  // namespace cpefleet::transport
