// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "integration/transport/client.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::transport::test {
namespace {

using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

// Answers every request with the same bytes.
RawServer::Script always(std::string reply) {
  return [reply = std::move(reply)](RawConnection& connection) {
    while (!connection.read_request().empty()) connection.send(reply);
  };
}

std::string host_of(const RawServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

bool only_cookies(std::string_view name) { return name == "Set-Cookie"; }

TEST_CASE("an envelope goes out with text/xml and an empty SOAPAction, and with nothing else [H-1] [H-3] [H-4]") {
  RawServer server(always(http_reply(200, "<ok/>")));
  Client client;
  const auto channel = client.open();
  const Reply reply = client.reply(*channel, url_of(server.port()));
  CHECK(reply.status == 200);
  CHECK(reply.body == "<ok/>");
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0] == "POST /acs HTTP/1.1\r\nHost: " + host_of(server) +
                                    "\r\nUser-Agent: Grandstream GXP2170\r\nContent-Type: text/xml; charset=utf-8\r\n"
                                    "SOAPAction:\r\nContent-Length: 7\r\n\r\n<soap/>");
}

TEST_CASE("an empty POST has Content-Length 0 and neither SOAPAction nor Content-Type [H-5]") {
  RawServer server(always(http_reply(204, "")));
  Client client;
  const auto channel = client.open();
  CHECK(client.reply(*channel, url_of(server.port()), empty_post()).status == 204);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0] == "POST /acs HTTP/1.1\r\nHost: " + host_of(server) +
                                    "\r\nUser-Agent: Grandstream GXP2170\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("cookie, authorization and extra headers are sent as they are given, and not again [H-14] [H-21]") {
  RawServer server(always(http_reply(200, "")));
  Client client;
  const auto channel = client.open();
  const Url url = url_of(server.port());
  Post post;
  post.cookie = "session=1; other=\"a b\"";
  post.authorization = "Digest username=\"x\"";
  post.extra = {"X-Model: GXP2170", "X-Empty:"};
  static_cast<void>(client.reply(*channel, url, post));
  static_cast<void>(client.reply(*channel, url));
  REQUIRE(server.requests().size() == 2);
  CHECK(server.requests()[0] == "POST /acs HTTP/1.1\r\nHost: " + host_of(server) +
                                    "\r\nUser-Agent: Grandstream GXP2170\r\nAuthorization: Digest username=\"x\"\r\n"
                                    "Cookie: session=1; other=\"a b\"\r\nContent-Type: text/xml; charset=utf-8\r\n"
                                    "SOAPAction:\r\nX-Model: GXP2170\r\nX-Empty:\r\nContent-Length: 7\r\n\r\n<soap/>");
  CHECK(server.requests()[1].find("Cookie") == std::string::npos);
  CHECK(server.requests()[1].find("Authorization") == std::string::npos);
  CHECK(server.requests()[1].find("X-") == std::string::npos);
}

TEST_CASE("a header that would break the request is never sent") {
  RawServer server(always(http_reply(200, "")));
  Client client;
  const auto channel = client.open();
  Post post;
  post.cookie = "a=b\r\nX-Smuggled: 1";
  CHECK(client.failure(*channel, url_of(server.port()), post).cause == Cause::internal);
  CHECK(server.connections() == 0);
}

TEST_CASE("a body of two megabytes is sent whole and without Expect") {
  RawServer server(always(http_reply(200, "")));
  Client client;
  const auto channel = client.open();
  Post post;
  post.body.assign(2'000'000, 'x');
  CHECK(client.reply(*channel, url_of(server.port()), post).status == 200);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].find("Expect") == std::string::npos);
  CHECK(server.requests()[0].ends_with(post.body));
}

TEST_CASE("the path and the query arrive as the URL has them") {
  RawServer server(always(http_reply(200, "")));
  Client client;
  const auto channel = client.open();
  static_cast<void>(client.reply(*channel, url_of(server.port(), "/a/../b/./c%20d?x=1&y=/../z")));
  static_cast<void>(client.reply(*channel, url_of(server.port(), "/second")));
  REQUIRE(server.requests().size() == 2);
  CHECK(server.requests()[0].starts_with("POST /a/../b/./c%20d?x=1&y=/../z HTTP/1.1\r\n"));
  CHECK(server.requests()[1].starts_with("POST /second HTTP/1.1\r\n"));
  CHECK(server.connections() == 1);
}

TEST_CASE("a chunked reply is put together, its trailer left out [H-7]") {
  RawServer server(
      always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<soap\r\n2;x=y\r\n/>\r\n0\r\n"
             "X-Trailer: 1\r\n\r\n"));
  Client client;
  const auto channel = client.open();
  for (int i = 0; i < 2; ++i) {
    const Reply reply = client.reply(*channel, url_of(server.port()));
    CHECK(reply.body == "<soap/>");
    CHECK(header(reply, "X-Trailer").empty());
    CHECK_FALSE(reply.connection_closed);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a 200 without a body is a reply like any other [H-6]") {
  RawServer server(always(http_reply(200, "")));
  Client client;
  const auto channel = client.open();
  const Reply reply = client.reply(*channel, url_of(server.port()));
  CHECK(reply.status == 200);
  CHECK(reply.body.empty());
}

TEST_CASE("statuses other than 200 are replies too, with their bodies") {
  RawServer server([](RawConnection& connection) {
    for (const int status : {302, 404, 503}) {
      if (!connection.read_request().empty()) connection.send(http_reply(status, "why", "Location: /other\r\n"));
    }
    connection.wait_until_closed();
  });
  Client client;
  const auto channel = client.open();
  for (const int status : {302, 404, 503}) {
    const Reply reply = client.reply(*channel, url_of(server.port()));
    CHECK(reply.status == status);
    CHECK(reply.body == "why");
    CHECK(header(reply, "Location") == "/other");
  }
  CHECK(server.connections() == 1);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("only the headers that are asked for are kept, in their order and folded lines joined") {
  RawServer server(
      always(http_reply(200, "", "Set-Cookie: a=1\r\nServer: x\r\nSet-Cookie: b=2;\r\n  Path=/\r\nset-cookie: c\r\n")));
  Client client;
  ChannelOptions options = Client::quick();
  options.wants_header = &only_cookies;
  const auto channel = client.open(options);
  const Reply reply = client.reply(*channel, url_of(server.port()));
  REQUIRE(reply.headers.size() == 2);
  CHECK(reply.headers[0].value == "a=1");
  CHECK(reply.headers[1].value == "b=2; Path=/");
}

TEST_CASE("interim replies are passed over together with their headers") {
  RawServer server(always("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Early: 2\r\n\r\n" +
                          http_reply(200, "late")));
  Client client;
  const auto channel = client.open();
  const Reply reply = client.reply(*channel, url_of(server.port()));
  CHECK(reply.status == 200);
  CHECK(reply.body == "late");
  CHECK(header(reply, "X-Early").empty());
}

TEST_CASE("a pinned name leads to its address, on every port, and stays in the Host header") {
  RawServer first(always(http_reply(200, "")));
  RawServer second(always(http_reply(200, "")));
  Client client;
  client.transport->pin("acs.example", {"127.0.0.1"});
  const auto one = client.open();
  const auto two = client.open();
  CHECK(client.reply(*one, url_of(first.port(), "/", "acs.example")).status == 200);
  CHECK(client.reply(*two, url_of(first.port(), "/", "acs.example")).status == 200);
  CHECK(client.reply(*one, url_of(second.port(), "/", "acs.example")).status == 200);
  CHECK(first.requests()[0].find("Host: acs.example:" + std::to_string(first.port())) != std::string::npos);
  CHECK(first.connections() == 2);
  CHECK(second.connections() == 1);
}

TEST_CASE("a pin that is replaced leads new connections to the new address") {
  RawServer server(always(http_reply(200, "")));
  Client client;
  client.transport->pin("acs.example", {"127.0.0.2"});  // nobody listens there
  const Url url = url_of(server.port(), "/", "acs.example");
  CHECK(client.failure(url).cause == Cause::connect_refused);
  client.transport->pin("acs.example", {"127.0.0.1"});
  CHECK(client.reply(*client.open(), url).status == 200);
}

TEST_CASE("when the first address of a name refuses, the next one is tried") {
  RawServer server(always(http_reply(200, "")));
  Client client;
  client.transport->pin("acs.example", {"127.0.0.2", "127.0.0.1"});
  CHECK(client.reply(*client.open(), url_of(server.port(), "/", "acs.example")).status == 200);
}

TEST_CASE("a session comes from the source address it was given") {
  RawServer server(always(http_reply(200, "")));
  Client client;
  for (const char* address : {"127.0.0.2", "127.0.0.3"}) {
    ChannelOptions options = Client::quick();
    options.source_address = address;
    CHECK(client.reply(*client.open(options), url_of(server.port())).status == 200);
  }
  CHECK(client.reply(*client.open(), url_of(server.port())).status == 200);
  CHECK(server.peers() == std::vector<std::string>{"127.0.0.2", "127.0.0.3", "127.0.0.1"});
}

}  // namespace
}  // namespace cpefleet::transport::test
