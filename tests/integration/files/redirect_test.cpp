// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "integration/files/client.hpp"
#include "integration/files/file_server.hpp"
#include "integration/tls/certificates.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::transport::test {
namespace {

using cpefleet::test::Certificates;
using cpefleet::test::FileServer;
using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

// Every request is answered with this redirect.
RawServer::Script leading_to(const std::string& location, int status = 302) {
  return [location, status](RawConnection& connection) {
    while (!connection.read_request().empty()) {
      connection.send(http_reply(status, "moved", fmt::format("Location: {}\r\n", location)));
    }
  };
}

FileRequest with_credentials(FileRequest request) {
  request.username = "phone";
  request.password = "secret";
  return request;
}

TEST_CASE("redirects are followed, by downloads and uploads") {
  FileServer server;
  server.write("/open/a", "here");
  FileClient client;
  CHECK(client.run(get(server.http("/moved/a"))).kept == "here");
  const FileResult up = client.run(put(server.http("/moved307/b"), "there"));
  CHECK_MESSAGE(up.end == FileEnd::ok, up.detail);
  CHECK(server.read("/open/b") == "there");
  CHECK(up.bytes == 5);
}

TEST_CASE("from http to https and back") {
  FileServer server;
  server.write("/open/a", "by tls");
  server.write("/basic/a", "by basic");
  CurlFileMoverOptions options;
  options.ca_file = Certificates::get().path("ca.pem");
  FileClient client(options);
  client.mover->pin("acs.example", {"127.0.0.1"});
  CHECK(client.run(get(server.http("/other/a"))).kept == "by tls");
  // Allowed, but the credentials stay behind.
  const FileResult back = client.run(with_credentials(get(server.https("/other/a"))));
  CHECK(back.end == FileEnd::unauthorized);
  CHECK(back.detail.find("/basic/a") != std::string::npos);
}

TEST_CASE("credentials go along within a server and to no other") {
  FileServer server;
  server.write("/basic/a", "by basic");
  FileClient client;
  CHECK(client.run(with_credentials(get(server.http("/locked/a")))).kept == "by basic");
  RawServer elsewhere([](RawConnection& connection) {
    while (!connection.read_request().empty()) {
      connection.send(http_reply(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n"));
    }
  });
  // The same address with another port is another server, as is another name.
  for (const char* host : {"127.0.0.1", "files.example"}) {
    CAPTURE(host);
    client.mover->pin("files.example", {"127.0.0.1"});
    RawServer first(leading_to(fmt::format("http://{}:{}/x", host, elsewhere.port())));
    CHECK(client.run(with_credentials(get(url_of(first.port())))).end == FileEnd::unauthorized);
  }
  const auto requests = elsewhere.requests();
  REQUIRE(requests.size() == 2);
  for (const std::string& request : requests) CHECK(request.find("Authorization") == std::string::npos);
}

TEST_CASE("a redirect is judged like the first URL") {
  FileClient client;
  struct Case {
    const char* location;
    FileEnd end;
  };
  for (const Case& c : {Case{"ftp://127.0.0.1/x", FileEnd::refused},
                        {"file:///etc/passwd", FileEnd::refused},
                        {"http://phone:secret@127.0.0.1/x", FileEnd::refused},
                        {"http://192.0.2.1/x", FileEnd::not_allowed},
                        {"http://unknown.example/x", FileEnd::resolve_failed},
                        {"http://", FileEnd::refused}}) {
    CAPTURE(c.location);
    RawServer server(leading_to(c.location));
    const FileResult result = client.run(get(url_of(server.port())));
    CHECK_MESSAGE(result.end == c.end, to_string(result.end) << ": " << result.detail);
    CHECK(result.detail.find("secret") == std::string::npos);
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("a loop ends after five redirects, on one connection") {
  RawServer server(leading_to("/again"));
  FileClient client;
  const FileResult result = client.run(get(url_of(server.port())));
  CHECK(result.end == FileEnd::refused);
  CHECK(result.status == 302);
  CHECK(result.detail.find("more than 5 redirects") != std::string::npos);
  CHECK(server.requests().size() == 6);
  CHECK(server.connections() == 1);
}

TEST_CASE("303 answers a download with another place, an upload with a reply somewhere else") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(303, "", "Location: /b\r\n"));
    if (!connection.read_request().empty()) connection.send(http_reply(200, "b"));
    connection.wait_until_closed();
  });
  FileClient client;
  CHECK(client.run(get(url_of(server.port()))).kept == "b");
  CHECK(client.run(put(url_of(server.port()), "x")).end == FileEnd::refused);
}

TEST_CASE("a redirect's endless body is not read to its end") {
  RawServer target([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, "found"));
    connection.wait_until_closed();
  });
  RawServer server([&target](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(fmt::format("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{}/\r\n\r\n", target.port()));
    while (connection.send(std::string(10'000, 'x'))) {
    }
  });
  FileClient client;
  CHECK(client.run(get(url_of(server.port()))).kept == "found");
  CHECK(server.wait_for_closed(1));
}

}  // namespace
}  // namespace cpefleet::transport::test
