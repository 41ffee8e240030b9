// SPDX-License-Identifier: Apache-2.0
// What a server sees of an upload, above all when it asks for credentials.
#include <doctest/doctest.h>

#include "integration/files/client.hpp"
#include "integration/files/file_server.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::transport::test {
namespace {

using cpefleet::test::FileServer;
using cpefleet::test::http_reply;
using cpefleet::test::Logged;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

FileRequest with_credentials(FileRequest request) {
  request.username = "phone";
  request.password = "secret";
  return request;
}

TEST_CASE("an upload arrives as it is, with and without credentials [P-82, P-95]") {
  FileServer server;
  FileClient client;
  // Around the limits of `Expect`, of libcurl's buffer and of its 2,000 bytes it sends on after a challenge.
  for (const std::size_t size : {std::size_t{1}, std::size_t{1500}, std::size_t{16'384}, std::size_t{16'385},
                                 std::size_t{200'000}, std::size_t{3'000'000}}) {
    CAPTURE(size);
    for (const char* place : {"/open/", "/basic/", "/digest/"}) {
      CAPTURE(place);
      const std::string path = place + std::to_string(size);
      const FileResult result = client.run(with_credentials(put(server.http(path), filler(size))));
      CHECK_MESSAGE(result.end == FileEnd::ok, result.detail);
      CHECK(result.status == 201);
      CHECK(result.bytes == size);
      CHECK(server.read(path) == filler(size));
    }
  }
}

TEST_CASE("an upload without the right credentials leaves nothing behind") {
  FileServer server;
  FileClient client;
  for (const std::size_t size : {std::size_t{10}, std::size_t{100'000}}) {
    for (const char* path : {"/basic/new", "/digest/new"}) {
      CAPTURE(path);
      FileRequest request = put(server.http(path), filler(size));
      CHECK(client.run(request).end == FileEnd::unauthorized);
      request.username = "phone";
      request.password = "wrong";
      CHECK(client.run(request).end == FileEnd::unauthorized);
      CHECK_FALSE(server.has(path));
    }
  }
}

TEST_CASE("an upload never sends an empty PUT, not even to be challenged [P-95]") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(201, ""));
    connection.wait_until_closed();
  });
  FileClient client;
  CHECK(client.run(with_credentials(put(url_of(server.port()), "configuration"))).end == FileEnd::ok);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(has(requests[0], "Content-Length: 13\r\n"));
  CHECK(has(requests[0], "User-Agent: Grandstream GXP2170\r\n"));
  CHECK_FALSE(has(requests[0], "Authorization"));
  CHECK_FALSE(has(requests[0], "Expect"));
  CHECK(requests[0].ends_with("\r\n\r\nconfiguration"));
}

TEST_CASE(
    "only a long upload with credentials asks first, and does not wait long for a server that never answers that") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(201, ""));
    connection.wait_until_closed();
  });
  FileClient client;
  const std::string text = filler(2'000'000);
  CHECK(client.run(put(url_of(server.port()), text)).end == FileEnd::ok);
  CHECK(client.run(with_credentials(put(url_of(server.port()), text))).end == FileEnd::ok);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK_FALSE(has(requests[0], "Expect"));
  CHECK(has(requests[1], "Expect: 100-continue\r\n"));
  CHECK(requests[1].ends_with(text));
}

TEST_CASE("after a challenge the body comes again from its beginning") {
  RawServer server([](RawConnection& connection) {
    while (true) {
      const std::string request = connection.read_request();
      if (request.empty()) return;
      const bool knows = request.find("Authorization: Digest ") != std::string::npos;
      connection.send(knows ? http_reply(200, "")
                            : http_reply(401, "who?",
                                         "WWW-Authenticate: Basic realm=\"r\"\r\n"
                                         "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n"));
    }
  });
  FileClient client;
  CHECK(client.run(with_credentials(put(url_of(server.port()), "abc"))).end == FileEnd::ok);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  for (const std::string& request : requests) CHECK(request.ends_with("\r\n\r\nabc"));
  CHECK(has(requests[1], "Authorization: Digest username=\"phone\""));  // the better of the two
}

TEST_CASE("a server that is never content is not asked for ever") {
  RawServer server([](RawConnection& connection) {
    while (!connection.read_request().empty()) {
      connection.send(http_reply(401, "", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", stale=true\r\n"));
    }
  });
  FileClient client;
  const FileResult result = client.run(with_credentials(get(url_of(server.port()))));
  CHECK(result.end == FileEnd::unauthorized);
  CHECK(result.status == 401);
  CHECK(server.requests().size() <= 5);
}

TEST_CASE("a refusal in the middle of an upload ends it") {
  RawServer server([](RawConnection& connection) {
    connection.send(http_reply(413, "too much", "Connection: close\r\n"));
    connection.wait_until_closed();
  });
  FileClient client;
  const FileResult result = client.run(put_filler(url_of(server.port()), 1ULL << 40));
  CHECK(result.end == FileEnd::refused);
  CHECK(result.status == 413);
  CHECK(result.bytes < (1ULL << 40));
}

TEST_CASE("control characters are not sent") {
  FileClient client;
  for (std::string FileRequest::*field : {&FileRequest::username, &FileRequest::password, &FileRequest::user_agent}) {
    FileRequest request = get(url_of(1));
    request.*field = "a\r\nX: y";
    CHECK(client.run(request).end == FileEnd::bad_request);
  }
}

}  // namespace
}  // namespace cpefleet::transport::test
