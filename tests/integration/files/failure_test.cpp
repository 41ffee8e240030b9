// SPDX-License-Identifier: Apache-2.0
// Everything a server can do wrong, and what it is called.
#include <atomic>
#include <doctest/doctest.h>
#include <thread>

#include "integration/files/client.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::transport::test {
namespace {

using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

// Reads the request, sends these bytes, then closes or waits.
RawServer::Script saying(std::string bytes, bool close = true) {
  return [bytes = std::move(bytes), close](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(bytes);
    if (!close) connection.wait_until_closed();
  };
}

FileResult get_from(const RawServer::Script& script) {
  RawServer server(script);
  FileClient client;
  return client.run(get(url_of(server.port())));
}

TEST_CASE("a connection that ends early cuts the file [P-87]") {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123"}) {
    CAPTURE(bytes);
    const FileResult result = get_from(saying(bytes));
    CHECK_MESSAGE(result.end == FileEnd::cut, to_string(result.end));
    CHECK(result.detail.find("GET http://127.0.0.1:") == 0);
  }
  CHECK(get_from(saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")).bytes == 5);
}

TEST_CASE("a reset cuts it too") {
  const FileResult result = get_from([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    connection.reset();
  });
  CHECK(result.end == FileEnd::cut);
  std::atomic<bool> flowing = false;
  RawServer server([&flowing](RawConnection& connection) {
    flowing.wait(false);
    connection.reset();
  });
  FileClient client;
  const auto running = client.start(put_filler(url_of(server.port()), 1ULL << 40));
  while (running->transfer->moved() == 0) client.io.run_one_for(std::chrono::milliseconds{1});
  flowing = true;
  flowing.notify_all();
  client.finish(*running);
  CHECK(running->result()->end == FileEnd::cut);
}

TEST_CASE("what follows an announced length does not belong to the file") {
  const FileResult result = get_from(saying("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", false));
  CHECK(result.end == FileEnd::ok);
  CHECK(result.bytes == 3);
  CHECK(result.kept == "abc");
}

TEST_CASE("a file without a length ends with its connection, a chunked one by itself") {
  const FileResult old = get_from(saying("HTTP/1.0 200 OK\r\n\r\nabc"));
  CHECK(old.end == FileEnd::ok);
  CHECK(old.kept == "abc");
  const std::string reply =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nA: b\r\n\r\n";
  const FileResult chunked = get_from(saying(reply, false));
  CHECK(chunked.end == FileEnd::ok);
  CHECK(chunked.kept == "abcdefg");
  CHECK(chunked.bytes == 7);
  CHECK(chunked.traffic.http_bytes == reply.size());  // with the framing (D-13)
}

TEST_CASE("more than allowed is too big, announced or not") {
  FileClient client;
  const auto limited = [&client](const RawServer& server) {
    FileRequest request = get(url_of(server.port()));
    request.max_bytes = 100'000;
    return client.run(std::move(request));
  };
  {
    RawServer server(saying("HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n", false));
    const FileResult result = limited(server);
    CHECK(result.end == FileEnd::too_big);
    CHECK(result.bytes == 0);
    CHECK(result.detail.find("100,000") != std::string::npos);
  }
  {
    RawServer endless([](RawConnection& connection) {
      static_cast<void>(connection.read_request());
      connection.send("HTTP/1.1 200 OK\r\n\r\n");
      while (connection.send(std::string(10'000, 'x'))) {
      }
    });
    const FileResult result = limited(endless);
    CHECK(result.end == FileEnd::too_big);
    CHECK(result.bytes <= 100'000);
    CHECK(endless.wait_for_closed(1));
  }
  {
    RawServer server(saying(http_reply(200, std::string(100'000, 'x')), false));
    CHECK(limited(server).end == FileEnd::ok);
  }
}

TEST_CASE("what is no HTTP/1.x is bad HTTP") {
  for (const std::string& bytes :
       {std::string("garbage\r\n\r\n"), std::string("HTTP/2 200\r\n\r\n"), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(80'000, 'x') + "\r\n\r\n",
        [] {
          std::string many = "HTTP/1.1 200 OK\r\n";
          for (int i = 0; i < 300; ++i) many += "X: y\r\n";
          return many + "\r\n";
        }(),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
    CAPTURE(bytes.substr(0, 40));
    const FileResult result = get_from(saying(bytes));
    CHECK_MESSAGE(result.end == FileEnd::bad_http, to_string(result.end) << ": " << result.detail);
  }
}

TEST_CASE("statuses [P-87]") {
  struct Case {
    int status;
    FileEnd end;
  };
  for (const Case& c : {Case{200, FileEnd::ok},
                        {204, FileEnd::ok},
                        {300, FileEnd::refused},
                        {302, FileEnd::refused},
                        {304, FileEnd::refused},
                        {400, FileEnd::refused},
                        {401, FileEnd::unauthorized},
                        {403, FileEnd::unauthorized},
                        {404, FileEnd::not_found},
                        {407, FileEnd::unauthorized},
                        {410, FileEnd::not_found},
                        {500, FileEnd::refused},
                        {503, FileEnd::refused}}) {
    CAPTURE(c.status);
    const FileResult result = get_from(saying(http_reply(c.status, c.status == 204 || c.status == 304 ? "" : "words")));
    CHECK_MESSAGE(result.end == c.end, to_string(result.end) << ": " << result.detail);
    CHECK(result.status == c.status);
    if (c.end != FileEnd::ok) CHECK(result.kept.empty());
  }
}

TEST_CASE("what becomes of an error's body does not change the error") {
  CHECK(get_from(saying("HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\ncut")).end == FileEnd::not_found);
  RawServer endless([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 404 Not Found\r\n\r\n");
    while (connection.send(std::string(10'000, 'x'))) {
    }
  });
  FileClient client;
  CHECK(client.run(get(url_of(endless.port()))).end == FileEnd::not_found);
  CHECK(endless.wait_for_closed(1));
}

TEST_CASE("401 without a challenge, and with wrong credentials") {
  for (const char* header : {"", "WWW-Authenticate: Basic realm=\"r\"\r\n", "WWW-Authenticate: Negotiate\r\n",
                             "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n", "WWW-Authenticate: Digest\r\n"}) {
    CAPTURE(header);
    RawServer server([header](RawConnection& connection) {
      while (!connection.read_request().empty()) connection.send(http_reply(401, "no", header));
    });
    FileClient client;
    FileRequest request = get(url_of(server.port()));
    request.username = "phone";
    request.password = "secret";
    const FileResult result = client.run(request);
    CHECK_MESSAGE(result.end == FileEnd::unauthorized, to_string(result.end) << ": " << result.detail);
    CHECK(server.requests().size() <= 2);
  }
}

TEST_CASE("nobody there") {
  std::uint16_t port = 0;
  {
    RawServer gone([](RawConnection&) {});
    port = gone.port();
  }
  FileClient client;
  const FileResult refused = client.run(get(url_of(port)));
  CHECK(refused.end == FileEnd::connect_failed);
  CHECK(refused.detail.find("refused") != std::string::npos);
  CHECK_FALSE(refused.times.request_sent);
  CHECK_FALSE(refused.times.first_byte);
  FileRequest from = get(url_of(port));
  from.source_address = "192.0.2.1";
  CHECK(client.run(from).end == FileEnd::connect_failed);
  from.source_address = "nowhere";
  CHECK(client.run(from).end == FileEnd::connect_failed);
}

TEST_CASE("a name without a pin has no address") {
  FileClient client;
  const FileResult result = client.run(get(url_of(80, "/a", "files.example")));
  CHECK(result.end == FileEnd::resolve_failed);
  CHECK(result.detail.find("files.example was not resolved when the run began") != std::string::npos);
  client.mover->pin("files.example", {});
  CHECK(client.run(get(url_of(80, "/a", "files.example"))).end == FileEnd::resolve_failed);
}

TEST_CASE("a pinned name leads where it was pinned, later ones elsewhere") {
  RawServer server(saying(http_reply(200, "x"), false));
  FileClient client;
  client.mover->pin("files.example", {"127.0.0.1"});
  CHECK(client.run(get(url_of(server.port(), "/a", "files.example"))).end == FileEnd::ok);
  client.mover->pin("files.example", {"127.0.0.2"});
  CHECK(client.run(get(url_of(server.port(), "/a", "files.example"))).end == FileEnd::connect_failed);
}

TEST_CASE("of several addresses the first that answers is taken") {
  RawServer server(saying(http_reply(200, "x"), false));
  FileClient client;
  client.mover->pin("files.example", {"127.0.0.9", "127.0.0.1"});
  const FileResult result = client.run(get(url_of(server.port(), "/a", "files.example")));
  CHECK(result.end == FileEnd::ok);
  REQUIRE(result.times.tcp_open_response);
  CHECK(*result.times.tcp_open_request <= *result.times.tcp_open_response);
  CHECK(result.traffic.interface_bytes > result.traffic.http_bytes);
}

TEST_CASE("public addresses are not contacted without leave") {
  FileClient client;
  const FileResult result = client.run(get(url_of(80, "/a", "192.0.2.1")));
  CHECK(result.end == FileEnd::not_allowed);
  CHECK(result.detail.find("--allow-host 192.0.2.1") != std::string::npos);
}

TEST_CASE("a device's source address is used") {
  RawServer server(saying(http_reply(200, "x"), false));
  FileClient client;
  FileRequest request = get(url_of(server.port()));
  request.source_address = "127.0.0.7";
  CHECK(client.run(request).end == FileEnd::ok);
  CHECK(server.peers() == std::vector<std::string>{"127.0.0.7"});
}

TEST_CASE("silence ends as stalled, in either direction and before the first byte") {
  FileClient client;
  RawServer silent(saying("", false));
  RawServer half(saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", false));
  RawServer deaf([](RawConnection& connection) {
    static_cast<void>(connection.index());
    std::this_thread::sleep_for(std::chrono::seconds{1});
  });
  const auto hasty = [](FileRequest request) {
    request.stall_timeout = std::chrono::milliseconds{200};
    return request;
  };
  const FileResult nothing = client.run(hasty(get(url_of(silent.port()))));
  CHECK(nothing.end == FileEnd::stalled);
  CHECK(nothing.bytes == 0);
  const FileResult some = client.run(hasty(get(url_of(half.port()))));
  CHECK(some.end == FileEnd::stalled);
  CHECK(some.bytes == 5);
  CHECK(some.kept == "12345");
  CHECK(client.run(hasty(put_filler(url_of(deaf.port()), 1ULL << 32))).end == FileEnd::stalled);
}

TEST_CASE("a file that never ends in time is timed out") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send("x")) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  });
  FileClient client;
  FileRequest request = get(url_of(server.port()));
  request.total_timeout = std::chrono::milliseconds{300};
  const FileResult result = client.run(request);
  CHECK(result.end == FileEnd::timed_out);
  CHECK(result.bytes > 0);
}

TEST_CASE("a server that never accepts TLS ends as connect_failed in time") {
  RawServer server([](RawConnection& connection) { connection.wait_until_closed(); });
  FileClient client;
  Url url = url_of(server.port());
  url.scheme = "https";
  FileRequest request = get(url);
  request.connect_timeout = std::chrono::milliseconds{200};
  CHECK(client.run(request).end == FileEnd::connect_failed);
}

TEST_CASE("what speaks no TLS ends as tls_failed") {
  RawServer server(saying("HTTP/1.1 400 Bad Request\r\n\r\n"));
  RawServer plain([](RawConnection& connection) {
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection.wait_until_closed();
  });
  FileClient client;
  Url url = url_of(plain.port());
  url.scheme = "https";
  CHECK(client.run(get(url)).end == FileEnd::tls_failed);
}

}  // namespace
}  // namespace cpefleet::transport::test
