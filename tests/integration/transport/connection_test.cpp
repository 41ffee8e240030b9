// SPDX-License-Identifier: Apache-2.0
// How many connections and requests the server sees: never a second copy of a POST, never another session's connection.
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include "integration/transport/client.hpp"
#include "support/raw_server.hpp"
#include "transport/http_server.hpp"

namespace cpefleet::transport::test {
namespace {

using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

TEST_CASE("a session's exchanges go over one connection, closed with the channel [H-9]") {
  RawServer server([](RawConnection& connection) {
    while (!connection.read_request().empty()) connection.send(http_reply(200, "x"));
  });
  Client client;
  auto channel = client.open();
  for (int i = 0; i < 5; ++i) {
    const Reply reply = client.reply(*channel, url_of(server.port()));
    CHECK_FALSE(reply.connection_closed);
    CHECK_FALSE(reply.reopened);
  }
  CHECK(server.connections() == 1);
  CHECK(client.transport->open_channels() == 1);
  channel.reset();
  CHECK(client.transport->open_channels() == 0);
  CHECK(server.wait_for_closed(1));
  CHECK(client.reply(*client.open(), url_of(server.port())).status == 200);
  CHECK(server.connections() == 2);
}

TEST_CASE("an empty answer to the POST that may end the session closes the connection at once") {
  std::string answer;
  SUBCASE("204") { answer = "HTTP/1.1 204 No Content\r\n\r\n"; }
  SUBCASE("200 with Content-Length 0") { answer = http_reply(200, ""); }
  RawServer server([&answer](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x"));
    static_cast<void>(connection.read_request());
    connection.send(answer);
    connection.wait_until_closed();
  });
  Client client;
  const auto channel = client.open();
  CHECK_FALSE(client.reply(*channel, url_of(server.port())).connection_closed);
  auto last = empty_post();
  last.ends_session = true;
  CHECK(client.reply(*channel, url_of(server.port()), last).connection_closed);
  CHECK(server.wait_for_closed(1));
}

TEST_CASE("an empty answer to another empty POST, as while requests are held, keeps the connection [H-9, S-8]") {
  RawServer server([](RawConnection& connection) {
    for (const int status : {200, 204, 204}) {
      static_cast<void>(connection.read_request());
      connection.send(http_reply(status, status == 200 ? "x" : ""));
    }
    connection.wait_until_closed();
  });
  Client client;
  const auto channel = client.open();
  CHECK_FALSE(client.reply(*channel, url_of(server.port())).connection_closed);
  CHECK_FALSE(client.reply(*channel, url_of(server.port()), empty_post()).connection_closed);
  CHECK_FALSE(client.reply(*channel, url_of(server.port()), empty_post()).reopened);
}

TEST_CASE("a retry after 401 goes over the same connection, an empty body notwithstanding [H-10]") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(401, "", "WWW-Authenticate: Basic realm=\"acs\"\r\n"));
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "in"));
    connection.wait_until_closed();
  });
  Client client;
  const auto channel = client.open();
  Post post;
  SUBCASE("an envelope") {}
  SUBCASE("an empty POST") { post = empty_post(); }
  const Reply challenge = client.reply(*channel, url_of(server.port()), post);
  CHECK(challenge.status == 401);
  CHECK(header(challenge, "www-authenticate") == "Basic realm=\"acs\"");
  CHECK_FALSE(challenge.connection_closed);
  post.authorization = "Basic eDp5";
  const Reply reply = client.reply(*channel, url_of(server.port()), post);
  CHECK(reply.status == 200);
  CHECK_FALSE(reply.reopened);
  CHECK(server.connections() == 1);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("Connection: close ends the connection, the session goes on over a new one [H-9]") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x", "Connection: close\r\n"));
  });
  Client client;
  const auto channel = client.open();
  const Reply first = client.reply(*channel, url_of(server.port()));
  CHECK(first.connection_closed);
  CHECK_FALSE(first.reopened);
  const Reply second = client.reply(*channel, url_of(server.port()));
  CHECK(second.connection_closed);
  CHECK(second.reopened);
  CHECK(server.connections() == 2);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a reply that only the end of the connection delimits is whole") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  });
  Client client;
  const auto channel = client.open();
  const Reply reply = client.reply(*channel, url_of(server.port()));
  CHECK(reply.body == "until the end");
  CHECK(reply.connection_closed);
}

TEST_CASE("a clean close between two exchanges opens a new connection for the next POST [H-9]") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x"));
    if (connection.index() == 1) connection.wait_until_closed();
  });
  Client client;
  const auto channel = client.open();
  CHECK_FALSE(client.reply(*channel, url_of(server.port())).connection_closed);
  REQUIRE(server.wait_for_closed(1));
  const Reply reply = client.reply(*channel, url_of(server.port()));
  CHECK(reply.reopened);
  CHECK(server.connections() == 2);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a reset between two exchanges fails the session, without another connection") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x"));
    connection.reset();
  });
  Client client;
  const auto channel = client.open();
  static_cast<void>(client.reply(*channel, url_of(server.port())));
  REQUIRE(server.wait_for_closed(1));
  CHECK(client.failure(*channel, url_of(server.port())).cause == Cause::reset);
  CHECK(server.connections() == 1);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("bytes nobody asked for between two exchanges are not taken for the next reply") {
  std::atomic<bool> answered = false;
  std::atomic<bool> sent = false;
  RawServer server([&](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "x"));
    answered.wait(false);
    connection.send(http_reply(200, "smuggled"));
    sent = true;
    sent.notify_all();
    connection.wait_until_closed();
  });
  Client client;
  const auto channel = client.open();
  CHECK_FALSE(client.reply(*channel, url_of(server.port())).connection_closed);
  answered = true;
  answered.notify_all();
  sent.wait(false);
  CHECK(client.failure(*channel, url_of(server.port())).cause == Cause::bad_http);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a connection lost after the POST was sent is cut_after_send, and the POST is not sent again") {
  bool reset = false;
  std::size_t lost_at = 0;
  std::string interim;
  SUBCASE("FIN at the first POST") {}
  SUBCASE("reset at the first POST") { reset = true; }
  SUBCASE("FIN at a later POST") { lost_at = 1; }
  SUBCASE("FIN after an interim reply") { interim = "HTTP/1.1 100 Continue\r\n\r\n"; }
  SUBCASE("FIN at a later POST after an interim reply") {
    interim = "HTTP/1.1 100 Continue\r\n\r\n";
    lost_at = 1;
  }
  SUBCASE("reset at a later POST") {
    reset = true;
    lost_at = 1;
  }
  RawServer server([reset, lost_at, &interim](RawConnection& connection) {
    for (std::size_t i = 0; !connection.read_request().empty(); ++i) {
      if (i < lost_at) {
        connection.send(http_reply(200, "x"));
      } else {
        connection.send(interim);
        if (reset) connection.reset();
        return;
      }
    }
  });
  Client client;
  const auto channel = client.open();
  for (std::size_t i = 0; i < lost_at; ++i) static_cast<void>(client.reply(*channel, url_of(server.port())));
  const Failed failed = client.failure(*channel, url_of(server.port()));
  CHECK(failed.cause == Cause::cut_after_send);
  CHECK(failed.detail.find(reset ? "reset the connection" : "closed the connection") != std::string::npos);
  CHECK(server.wait_for_closed(1));
  CHECK(server.connections() == 1);
  CHECK(server.requests().size() == lost_at + 1);
}

TEST_CASE("a connection lost in the middle of a reply is told apart by how it was lost") {
  std::string part;
  SUBCASE("in the status line") { part = "HTTP/1.1 200 OK\r\n"; }
  SUBCASE("in the headers") { part = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"; }
  SUBCASE("in the body") { part = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n<soap"; }
  SUBCASE("in a chunk") { part = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n<soap"; }
  SUBCASE("between chunks") { part = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<soap\r\n"; }
  for (const std::size_t lost_at : {0U, 1U}) {
    CAPTURE(lost_at);
    RawServer server([&part, lost_at](RawConnection& connection) {
      for (std::size_t i = 0; !connection.read_request().empty(); ++i) {
        connection.send(i < lost_at ? http_reply(200, "x") : part);
        if (i == lost_at) return;
      }
    });
    Client client;
    const auto channel = client.open();
    for (std::size_t i = 0; i < lost_at; ++i) static_cast<void>(client.reply(*channel, url_of(server.port())));
    const Failed failed = client.failure(*channel, url_of(server.port()));
    CHECK(failed.cause == Cause::truncated_reply);
    CHECK(server.connections() == 1);
    CHECK(server.requests().size() == lost_at + 1);
  }
}

TEST_CASE("a reset in the middle of a reply is a reset") {
  std::atomic<bool> read = false;
  RawServer server([&read](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n<soap");
    read.wait(false);
    connection.reset();
  });
  Client client;
  // The body is limited to what comes before the reset only to see that it arrived: headers are asked for one by one.
  static std::atomic<bool>* arrived = nullptr;
  arrived = &read;
  ChannelOptions options = Client::quick();
  options.wants_header = [](std::string_view) {
    *arrived = true;
    arrived->notify_all();
    return false;
  };
  const auto channel = client.open(options);
  CHECK(client.failure(*channel, url_of(server.port())).cause == Cause::reset);
}

TEST_CASE("a redirect to another server leaves the first connection [H-16]") {
  const auto answer = [](RawConnection& connection) {
    while (!connection.read_request().empty()) connection.send(http_reply(302, ""));
  };
  RawServer first(answer);
  RawServer second(answer);
  Client client;
  const auto channel = client.open();
  static_cast<void>(client.reply(*channel, url_of(first.port())));
  const Reply reply = client.reply(*channel, url_of(second.port()));
  CHECK(reply.reopened);
  CHECK(first.wait_for_closed(1));
  CHECK(second.connections() == 1);
}

TEST_CASE("with a connection per request every POST has its own") {
  RawServer server([](RawConnection& connection) {
    while (!connection.read_request().empty()) connection.send(http_reply(200, "x"));
  });
  CurlTransportOptions options;
  options.connection_per_request = true;
  Client client(options);
  const auto channel = client.open();
  for (int i = 0; i < 3; ++i) {
    const Reply reply = client.reply(*channel, url_of(server.port()));
    CHECK(reply.connection_closed);
    CHECK(reply.reopened == (i > 0));
  }
  CHECK(server.connections() == 3);
}

// --- many at once ---------------------------------------------------------------------

struct Tally {
  std::size_t replies = 0;
  std::size_t failed = 0;
  std::size_t reopened = 0;
};

boost::asio::awaitable<void> talk(Channel& channel, const Url& url, int exchanges, Tally& tally) {
  std::string cookie;
  for (int i = 0; i < exchanges; ++i) {
    Request request;
    request.url = &url;
    request.body = "<soap/>";
    request.cookie = cookie;
    const Outcome outcome = co_await channel.post(request);
    const auto* reply = std::get_if<Reply>(&outcome);
    if (reply == nullptr || reply->status != 200) {
      ++tally.failed;
      co_return;
    }
    ++tally.replies;
    if (reply->reopened) ++tally.reopened;
    if (i == 0) cookie = header(*reply, "Set-Cookie");
  }
}

TEST_CASE("2,000 exchanges over 200 concurrent channels never share a connection [H-9] [H-14]") {
  constexpr int kChannels = 200;
  constexpr int kExchanges = 10;
  Client client;
  std::size_t strangers = 0;
  // A connection's number is its session's cookie: whoever comes over somebody else's connection is found out.
  const auto handler = [&strangers](const ServerRequest& request) {
    ServerReply reply;
    const std::string own = "session=" + std::to_string(request.connection);
    std::string cookie;
    for (const auto& [name, value] : request.headers) {
      if (name == "Cookie") cookie = value;
    }
    if (cookie.empty()) reply.headers.emplace_back("Set-Cookie", own);
    if (!cookie.empty() && cookie != own) ++strangers;
    reply.body = request.body;
    return reply;
  };
  auto server = HttpServer::listen(client.io, {}, handler);
  REQUIRE(server);
  const Url url = url_of((*server)->port());
  std::vector<std::unique_ptr<Channel>> channels;
  Tally tally;
  int running = kChannels;
  for (int i = 0; i < kChannels; ++i) {
    channels.push_back(client.open());
    boost::asio::co_spawn(client.io, talk(*channels.back(), url, kExchanges, tally),
                          [&running](const std::exception_ptr& thrown) {
                            if (thrown) std::rethrow_exception(thrown);
                            --running;
                          });
  }
  while (running > 0) REQUIRE(client.io.run_one() > 0);
  CHECK(tally.replies == kChannels * kExchanges);
  CHECK(tally.failed == 0);
  CHECK(tally.reopened == 0);
  CHECK(strangers == 0);
  CHECK((*server)->connections() == kChannels);
}

}  // namespace
}  // namespace cpefleet::transport::test
