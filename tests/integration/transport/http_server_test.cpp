// SPDX-License-Identifier: Apache-2.0
#include "transport/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <future>
#include <optional>
#include <thread>

#include "running_server.hpp"

namespace cpefleet::transport::test {
namespace {

ServerReply echo(const ServerRequest& request) {
  ServerReply reply;
  reply.body = request.method + " " + request.target + " " + std::to_string(request.connection) + ":" + request.body;
  return reply;
}

constexpr std::string_view kPost = "POST /acs HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";

TEST_CASE("requests of one connection are answered one after the other, also when sent at once") {
  Running running(&echo);
  Socket client(running.port);
  client.send(std::string(kPost) + std::string(kPost));
  CHECK(client.receive_until(":hi") == "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nPOST /acs 1:hi");
  CHECK(client.receive_until(":hi").ends_with("POST /acs 1:hi"));
}

TEST_CASE("chunked requests are put together, and what they announce is read first") {
  Running running(&echo);
  Socket client(running.port);
  client.send("PUT /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(client.receive_until(":abcde").ends_with("PUT /f 1:abcde"));
}

TEST_CASE("status, headers and body are the handler's, and 204 has no Content-Length") {
  Running running([](const ServerRequest& request) {
    ServerReply reply;
    reply.status = request.body == "hi" ? 204 : 503;
    reply.headers.emplace_back("Set-Cookie", "a=1");
    return reply;
  });
  Socket client(running.port);
  client.send(kPost);
  CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\n\r\n");
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  CHECK(client.receive_until("\r\n\r\n") ==
        "HTTP/1.1 503 Service Unavailable\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("the handler sees headers as they were sent, and a number for each connection") {
  Running running([](const ServerRequest& request) {
    ServerReply reply;
    for (const auto& [name, value] : request.headers) reply.body.append(name).append("=").append(value).append(" ");
    reply.body += "connection " + std::to_string(request.connection) + ";";
    return reply;
  });
  Socket first(running.port);
  first.send("POST / HTTP/1.1\r\nHost: x\r\nSOAPAction:\r\nX-Two: a\r\nX-Two: b\r\nContent-Length: 0\r\n\r\n");
  CHECK(
      first.receive_until(";").ends_with("\r\n\r\nHost=x SOAPAction= X-Two=a X-Two=b Content-Length=0 connection 1;"));
  Socket second(running.port);
  second.send(kPost);
  CHECK(second.receive_until(";").ends_with("connection 2;"));
}

TEST_CASE("a connection ends when either side wants it to, and is told of once") {
  Running running([](const ServerRequest& request) {
    ServerReply reply = echo(request);
    reply.close = request.target == "/close";
    return reply;
  });
  Socket by_server(running.port);
  by_server.send("POST /close HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  CHECK(by_server.receive_rest().find("Connection: close\r\n") != std::string::npos);
  Socket by_client(running.port);
  by_client.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  CHECK(by_client.receive_rest().find("Connection: close\r\n") != std::string::npos);
  Socket old(running.port);
  old.send("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
  CHECK(old.receive_rest().find("Connection: close\r\n") != std::string::npos);
  { Socket silent(running.port); }
  while (running.connections() > 0) std::this_thread::yield();
  auto closed = running.closed_connections();
  std::sort(closed.begin(), closed.end());
  CHECK(closed == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("a handler may close without an answer, reset, or never answer") {
  Running running([](const ServerRequest& request) {
    ServerReply reply;
    if (request.target == "/close") reply.fate = ServerReply::Fate::close_without_answer;
    if (request.target == "/reset") reply.fate = ServerReply::Fate::reset;
    if (request.target == "/stall") reply.fate = ServerReply::Fate::stall;
    return reply;
  });
  const auto ask = [](Socket& client, const std::string& target) {
    client.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  };
  Socket closed(running.port);
  ask(closed, "/close");
  CHECK(closed.receive_rest().empty());
  CHECK(closed.error == 0);
  Socket reset(running.port);
  ask(reset, "/reset");
  CHECK(reset.receive_rest().empty());
  CHECK(reset.error == ECONNRESET);
  Socket stalled(running.port);
  ask(stalled, "/stall");
  ask(stalled, "/stall");
  while (running.connections() != 1) std::this_thread::yield();
  stalled.close();
  while (running.connections() > 0) std::this_thread::yield();
}

TEST_CASE("a delayed reply waits, others do not wait for it") {
  Running running([](const ServerRequest& request) {
    ServerReply reply = echo(request);
    if (request.target == "/slow") reply.delay = std::chrono::milliseconds{100};
    return reply;
  });
  Socket slow(running.port);
  slow.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  Socket fast(running.port);
  fast.send(kPost);
  CHECK(fast.receive_until(":hi").ends_with(":hi"));
  CHECK(slow.receive_until("1:").ends_with("POST /slow 1:"));
}

TEST_CASE("what breaks HTTP or a limit is answered without the handler and ends the connection") {
  std::atomic<int> handled = 0;
  ServerOptions options;
  options.header_limit = 1000;
  options.body_limit = 1000;
  Running running(
      [&handled](const ServerRequest& request) {
        ++handled;
        return echo(request);
      },
      options);
  std::string bytes;
  std::string status;
  SUBCASE("no HTTP") {
    bytes = "\x16\x03\x01 hello\r\n\r\n";
    status = "400";
  }
  SUBCASE("a broken chunk") {
    bytes = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
    status = "400";
  }
  SUBCASE("a broken length") {
    bytes = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n";
    status = "400";
  }
  SUBCASE("long headers") {
    bytes = "POST / HTTP/1.1\r\nX: " + std::string(5000, 'x') + "\r\n\r\n";
    status = "431";
  }
  SUBCASE("an announced long body") {
    bytes = "POST / HTTP/1.1\r\nContent-Length: 1000000000000\r\n\r\n";
    status = "413";
  }
  SUBCASE("a chunked long body") {
    bytes = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\n" + std::string(5000, 'x');
    status = "413";
  }
  Socket client(running.port);
  client.send(bytes);
  CHECK(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 " + status + " "));
  while (running.connections() > 0) std::this_thread::yield();
  CHECK(handled == 0);
}

TEST_CASE("a block is sent again and again behind the body, and the length is that of both") {
  const auto block = std::make_shared<const std::string>("0123456789");
  Running running([block](const ServerRequest& request) {
    ServerReply reply;
    reply.body = "head:";
    reply.block = block;
    reply.block_bytes = request.target == "/odd" ? 23 : 20'000'000;
    return reply;
  });
  Socket client(running.port);
  client.send("GET /odd HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto odd = client.receive_until("head:01234567890123456789012");
  CHECK(odd.ends_with("\r\nContent-Length: 28\r\n\r\nhead:01234567890123456789012"));
  client.send("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto rest = client.receive_rest();
  CHECK(rest.size() - rest.find("head:") == 20'000'005);
  CHECK(rest.ends_with("456789"));
}

TEST_CASE("of a PUT that is only counted the handler gets the beginning and the size") {
  ServerOptions options;
  options.body_limit = 8;
  options.puts = {4, 100'000};
  Running running(
      [](const ServerRequest& request) {
        ServerReply reply;
        reply.body = request.method + " " + request.body + " of " + std::to_string(request.body_bytes) + ";";
        return reply;
      },
      std::move(options));
  Socket client(running.port);
  client.send("PUT /f HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nabcdef" + std::string(49'994, 'x'));
  CHECK(client.receive_until(";").ends_with("PUT abcd of 50000;"));
  client.send("PUT /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\nPUT /f HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  CHECK(client.receive_until("of 6;").ends_with("PUT abcd of 6;"));
  CHECK(client.receive_until("of 0;").ends_with("PUT  of 0;"));
  client.send(kPost);
  CHECK(client.receive_until(";").ends_with("POST hi of 2;"));
  Socket too_long(running.port);
  too_long.send("PUT /f HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");
  CHECK(too_long.receive_rest().starts_with("HTTP/1.1 413 "));
  Socket in_chunks(running.port);
  in_chunks.send("PUT /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n" +
                 std::string(100'001, 'x'));
  CHECK(in_chunks.receive_rest().starts_with("HTTP/1.1 413 "));
  Socket no_put(running.port);
  no_put.send("POST /f HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123456789");
  CHECK(no_put.receive_rest().starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a client that goes away in the middle of a request is forgotten") {
  std::atomic<int> handled = 0;
  Running running([&handled](const ServerRequest& request) {
    ++handled;
    return echo(request);
  });
  for (const char* part : {"", "POST /", "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"}) {
    Socket client(running.port);
    client.send(part);
  }
  Socket last(running.port);
  last.send(kPost);
  CHECK(last.receive_until(":hi").ends_with(":hi"));
  last.close();
  while (running.connections() > 0) std::this_thread::yield();
  CHECK(handled == 1);
}

TEST_CASE("idle connections are closed, busy ones are not") {
  ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds{50};
  Running running(
      [](const ServerRequest& request) {
        ServerReply reply = echo(request);
        reply.delay = std::chrono::milliseconds{300};
        return reply;
      },
      options);
  Socket idle(running.port);
  Socket busy(running.port);
  busy.send(kPost);
  CHECK(idle.receive_rest().empty());
  CHECK(busy.receive_until(":hi").ends_with(":hi"));
}

TEST_CASE("stopping closes what is idle, lets a due reply go out, and takes nobody new") {
  std::promise<void> asked;
  Running running([&asked](const ServerRequest& request) {
    asked.set_value();
    ServerReply reply = echo(request);
    reply.delay = std::chrono::milliseconds{100};
    return reply;
  });
  Socket idle(running.port);
  Socket busy(running.port);
  busy.send(kPost);
  asked.get_future().get();
  boost::asio::post(running.io, [&running] { running.server->stop(); });
  CHECK(idle.receive_rest().empty());
  const std::string reply = busy.receive_rest();
  CHECK(reply.find("Connection: close") != std::string::npos);
  CHECK(reply.ends_with(":hi"));
  CHECK_FALSE(Socket(running.port).connected);
}

TEST_CASE("a server destroyed with connections open, running or not, leaves nothing behind") {
  boost::asio::io_context io;
  std::optional<Socket> client;
  {
    auto server = HttpServer::listen(io, {}, &echo);
    REQUIRE(server);
    client.emplace((*server)->port());
    while ((*server)->connections() == 0) io.run_one();
  }
  SUBCASE("running") { io.run(); }
  SUBCASE("not running any more") {}
}

}  // namespace
}  // namespace cpefleet::transport::test
