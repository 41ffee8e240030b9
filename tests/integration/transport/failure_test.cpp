// SPDX-License-Identifier: Apache-2.0
// Whatever a server does ends as a Cause, in bounded time and memory.
#include <array>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "integration/transport/client.hpp"
#include "support/raw_server.hpp"
#include "transport/resolve.hpp"

namespace cpefleet::transport::test {
namespace {

using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;
using std::chrono::milliseconds;

constexpr std::uint64_t kSmall = 100'000;

// Sends `start`, then `more` for as long as the client takes it.
RawServer::Script endless(std::string start, std::string more) {
  return [start = std::move(start), more = std::move(more)](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(start);
    while (connection.send(more)) {
    }
  };
}

RawServer::Script silence() {
  return [](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.wait_until_closed();
  };
}

ChannelOptions small_messages() {
  ChannelOptions options = Client::quick();
  options.message_size = kSmall;
  return options;
}

bool mentions(const Failed& failed, std::string_view words) { return failed.detail.find(words) != std::string::npos; }

TEST_CASE("a header line that begins with a blank right behind a 1xx block harms nobody") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 100 Continue\r\nDate: x\r\n\r\nHTTP/1.1 200 OK\r\n y: z\r\nContent-Length: 1\r\n\r\nx");
    connection.wait_until_closed();
  });
  Client client;
  const auto channel = client.open();
  CHECK(client.reply(*channel, url_of(server.port())).status == 200);
}

TEST_CASE("a refused port is connect_refused and says whose [H-12]") {
  std::uint16_t port = 0;
  {
    RawServer gone([](RawConnection&) {});
    port = gone.port();
  }
  Client client;
  const Failed failed = client.failure(url_of(port));
  CHECK(failed.cause == Cause::connect_refused);
  CHECK(mentions(failed, "127.0.0.1:" + std::to_string(port)));
  CHECK(mentions(failed, "Connection refused"));
}

TEST_CASE("no reply in time is response_timeout, and the connection is given up [H-11]") {
  RawServer server(silence());
  Client client;
  ChannelOptions options = Client::quick();
  options.response_timeout = milliseconds{200};
  const Failed failed = client.failure(url_of(server.port()), options);
  CHECK(failed.cause == Cause::response_timeout);
  CHECK(mentions(failed, "200ms"));
  CHECK(server.wait_for_closed(1));
}

TEST_CASE("a reply that dribbles in does not stretch the response timeout") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<soap");
    connection.wait_until_closed();
  });
  Client client;
  ChannelOptions options = Client::quick();
  options.response_timeout = milliseconds{200};
  CHECK(client.failure(url_of(server.port()), options).cause == Cause::response_timeout);
}

TEST_CASE("channels with timeouts of their own end in the order of those") {
  RawServer server(silence());
  Client client;
  ChannelOptions slow = Client::quick();
  slow.response_timeout = milliseconds{400};
  ChannelOptions fast = Client::quick();
  fast.response_timeout = milliseconds{100};
  const auto first = client.open(slow);
  const auto second = client.open(fast);
  CHECK(client.failure(*second, url_of(server.port())).cause == Cause::response_timeout);
  CHECK(client.failure(*first, url_of(server.port())).cause == Cause::response_timeout);
}

TEST_CASE("a TLS handshake that never ends is connect_timeout: nothing was handed over") {
  RawServer server([](RawConnection& connection) { connection.wait_until_closed(); });
  Client client;
  ChannelOptions options = Client::quick();
  options.connect_timeout = milliseconds{200};
  Url url = url_of(server.port());
  url.scheme = "https";
  CHECK(client.failure(url, options).cause == Cause::connect_timeout);
  CHECK(server.wait_for_closed(1));
}

// The backlog of its socket is full, so that nobody else gets a connection.
class FullServer {
 public:
  FullServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    REQUIRE(bind(listening_, any, length) == 0);
    REQUIRE(listen(listening_, 0) == 0);
    REQUIRE(getsockname(listening_, any, &length) == 0);
    port_ = ntohs(address.sin_port);
    for (const int waiting : waiting_) static_cast<void>(connect(waiting, any, length));
  }
  FullServer(const FullServer&) = delete;
  FullServer& operator=(const FullServer&) = delete;
  ~FullServer() {
    for (const int waiting : waiting_) close(waiting);
    close(listening_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  static int stream(int more) { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | more, 0); }
  int listening_ = stream(0);
  std::array<int, 4> waiting_ = {stream(SOCK_NONBLOCK), stream(SOCK_NONBLOCK), stream(SOCK_NONBLOCK),
                                 stream(SOCK_NONBLOCK)};
  std::uint16_t port_ = 0;
};

TEST_CASE("a connection that was never made leaves nothing behind for the next session") {
  const FullServer full;
  RawServer good([](RawConnection& connection) {
    while (!connection.read_request().empty()) connection.send(http_reply(200, "<soap/>"));
  });
  Client client;
  ChannelOptions options = Client::quick();
  options.connect_timeout = milliseconds{100};
  for (int i = 0; i < 3; ++i) {
    CHECK(client.failure(url_of(full.port()), options).cause == Cause::connect_timeout);
    const auto next = client.open();
    CHECK(client.reply(*next, url_of(good.port())).status == 200);
    CHECK(client.reply(*next, url_of(good.port())).status == 200);
  }
}

TEST_CASE("a body longer than allowed is message_too_big, however it comes") {
  std::string start;
  std::string more(10'000, 'x');
  SUBCASE("announced") { start = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"; }
  SUBCASE("until the end of the connection") { start = "HTTP/1.1 200 OK\r\n\r\n"; }
  SUBCASE("in chunks") {
    start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    more = "2710\r\n" + more + "\r\n";
  }
  RawServer server(endless(start, more));
  Client client;
  const Failed failed = client.failure(url_of(server.port()), small_messages());
  CHECK(failed.cause == Cause::message_too_big);
  CHECK(mentions(failed, "100,000"));
  CHECK(server.wait_for_closed(1));
}

TEST_CASE("a body exactly as long as allowed passes") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, std::string(kSmall, 'x')));
    connection.wait_until_closed();
  });
  Client client;
  CHECK(client.reply(*client.open(small_messages()), url_of(server.port())).body.size() == kSmall);
}

TEST_CASE("headers without end are bad_http") {
  std::string start = "HTTP/1.1 200 OK\r\n";
  std::string more;
  SUBCASE("many lines") { more = "X-Header: x\r\n"; }
  SUBCASE("long lines") { more = "X-Header: " + std::string(10'000, 'x') + "\r\n"; }
  SUBCASE("one line") { more = std::string(10'000, 'x'); }
  SUBCASE("interim replies") {
    start.clear();
    more = "HTTP/1.1 100 Continue\r\n\r\n";
  }
  SUBCASE("a trailer") {
    start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    more = "X-Trailer: x\r\n";
  }
  RawServer server(endless(start, more));
  Client client;
  CHECK(client.failure(url_of(server.port())).cause == Cause::bad_http);
  CHECK(server.wait_for_closed(1));
}

TEST_CASE("what is not HTTP/1 is bad_http") {
  std::string bytes;
  SUBCASE("another protocol") { bytes = "220 mail.example ESMTP\r\n"; }
  SUBCASE("bytes") { bytes = std::string("\0\1\2\3\4\5\6\7\x16\x03\x01\0\0\0\0", 15); }
  SUBCASE("HTTP/0.9") { bytes = "<html>hello</html>"; }
  SUBCASE("HTTP/2 in words") { bytes = "HTTP/2 200\r\n\r\n"; }
  SUBCASE("HTTP/9.9") { bytes = "HTTP/9.9 200 OK\r\n\r\n"; }
  SUBCASE("no status") { bytes = "HTTP/1.1\r\n\r\n"; }
  SUBCASE("a chunk size that is none") { bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"; }
  SUBCASE("a chunk longer than it says") {
    bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcdef\r\n0\r\n\r\n";
  }
  SUBCASE("a Content-Length below zero") { bytes = "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"; }
  RawServer server([&bytes](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(bytes);
    connection.wait_until_closed();
  });
  Client client;
  const Failed failed = client.failure(url_of(server.port()));
  CHECK(failed.cause == Cause::bad_http);
  CHECK_FALSE(failed.detail.empty());
}

TEST_CASE("a name that was not pinned is resolve_failed, without a look-up") {
  Client client;
  CHECK(client.failure(url_of(80, "/", "acs.example")).cause == Cause::resolve_failed);
  CHECK(client.failure(url_of(80, "/", "0x7f000001")).cause == Cause::resolve_failed);
}

TEST_CASE("a public address is never contacted without leave") {
  Client client;
  const Failed failed = client.failure(url_of(80, "/", "203.0.113.5"));
  CHECK(failed.cause == Cause::target_not_allowed);
  CHECK(mentions(failed, "--allow-host 203.0.113.5"));
  client.transport->pin("acs.example", {"203.0.113.5", "2001:db8::1"});
  CHECK(client.failure(url_of(80, "/", "acs.example")).cause == Cause::target_not_allowed);
}

TEST_CASE("the allow hook sees host and address, and its no is final") {
  RawServer server(silence());
  std::string seen;
  CurlTransportOptions options;
  options.allowed = [&seen](const sockaddr* address, std::string_view host) {
    seen = std::string(host) + " " + to_string(*ip_of(address));
    return false;
  };
  Client client(options);
  client.transport->pin("acs.example", {"127.0.0.1"});
  CHECK(client.failure(url_of(server.port(), "/", "acs.example")).cause == Cause::target_not_allowed);
  CHECK(seen == "acs.example 127.0.0.1");
  CHECK(server.connections() == 0);
}

TEST_CASE("of several addresses the allowed one is used") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut");
  });
  Client client;
  client.transport->pin("acs.example", {"203.0.113.5", "127.0.0.1"});
  // And the failure that follows is not put down to the refused one.
  CHECK(client.failure(url_of(server.port(), "/", "acs.example")).cause == Cause::truncated_reply);
}

TEST_CASE("a source address that is not this machine's is connect_failed") {
  RawServer server(silence());
  Client client;
  for (const char* address : {"203.0.113.9", "nonsense", "::1"}) {
    ChannelOptions options = Client::quick();
    options.source_address = address;
    const Failed failed = client.failure(url_of(server.port()), options);
    CHECK(failed.cause == Cause::connect_failed);
    CHECK(mentions(failed, address));
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("after a failure the same handle serves the next session as if nothing had been") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    if (connection.index() == 0) return connection.reset();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
    connection.wait_until_closed();
  });
  Client client;
  CHECK(client.failure(url_of(server.port())).cause == Cause::cut_after_send);
  // A stale errno of the first session must not make this one a reset.
  CHECK(client.failure(url_of(server.port())).cause == Cause::bad_http);
}

TEST_CASE("beyond its channels a transport gives none") {
  CurlTransportOptions options;
  options.max_channels = 2;
  Client client(options);
  auto first = client.open();
  const auto second = client.open();
  CHECK_FALSE(client.transport->can_open());
  CHECK(client.transport->open({}) == nullptr);
  first.reset();
  CHECK(client.transport->can_open());
  CHECK(client.transport->open({}) != nullptr);
}

TEST_CASE("hosts are resolved and channels are counted at the start") {
  const auto local = resolve_host("localhost");
  REQUIRE(local);
  CHECK(std::any_of(local->begin(), local->end(), [](const std::string& a) { return a == "127.0.0.1" || a == "::1"; }));
  CHECK(resolve_host("10.1.2.3") == std::vector<std::string>{"10.1.2.3"});
  CHECK(recommended_max_channels() > 0);
}

}  // namespace
}  // namespace cpefleet::transport::test
