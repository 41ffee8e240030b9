// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "running_server.hpp"
#include "transport/local_address.hpp"

namespace cpefleet::transport::test {
namespace {

ServerReply echo(const ServerRequest& request) {
  ServerReply reply;
  reply.body = request.local_address + " " + std::to_string(request.local_port) + " " + request.peer_address + ";";
  return reply;
}

constexpr std::string_view kGet = "GET /cpe HTTP/1.1\r\nHost: x\r\n\r\n";

std::string ask(const Socket& client) {
  client.send(kGet);
  return const_cast<Socket&>(client).receive_until(";");
}

bool has_ipv6() { return is_local_address("::1"); }

// How many descriptors the process may open.
class DescriptorLimit {
 public:
  DescriptorLimit() { getrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { lift(); }
  void lower_to_what_is_open() const {
    const int next = dup(0);
    close(next);
    const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  void lift() const { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("a taken port is an error that names it and the ways out") {
  boost::asio::io_context io;
  auto first = HttpServer::listen(io, {}, &echo);
  REQUIRE(first);
  CHECK((*first)->url() == "http://127.0.0.1:" + std::to_string((*first)->port()));
  ServerOptions options;
  options.port = (*first)->port();
  const auto second = HttpServer::listen(io, options, &echo);
  REQUIRE_FALSE(second);
  const std::string& message = second.error().message();
  CHECK(message.find("127.0.0.1:" + std::to_string(options.port)) != std::string::npos);
  CHECK(message.find("port 0") != std::string::npos);
  options.ways_out = "set connection_requests.port to another";
  const auto elsewhere = HttpServer::listen(io, options, &echo);
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().message().ends_with("end it, set connection_requests.port to another"));
  CHECK(elsewhere.error().message().find("port 0") == std::string::npos);
  options.address = "acs.example";
  const auto named = HttpServer::listen(io, options, &echo);
  REQUIRE_FALSE(named);
  CHECK(named.error().message().find("numeric") != std::string::npos);
}

TEST_CASE("on a wildcard a request says which address it came to, and from which [C-4, C-11]") {
  ServerOptions options;
  options.address = "0.0.0.0";
  Running running(&echo, options);
  const std::string port = std::to_string(running.port);
  CHECK(ask(Socket(running.port)).ends_with("\r\n127.0.0.1 " + port + " 127.0.0.1;"));
  CHECK(ask(Socket(running.port, "127.1.2.3", "127.9.8.7")).ends_with("\r\n127.1.2.3 " + port + " 127.9.8.7;"));
}

TEST_CASE("one socket serves both families, unless it is told not to") {
  if (!has_ipv6()) return;
  ServerOptions options;
  options.address = "::";
  SUBCASE("both") {
    Running running(&echo, options);
    const std::string port = std::to_string(running.port);
    CHECK(ask(Socket(running.port, "::1")).ends_with("\r\n::1 " + port + " ::1;"));
    CHECK(ask(Socket(running.port, "127.1.2.3")).ends_with("\r\n127.1.2.3 " + port + " 127.0.0.1;"));
  }
  SUBCASE("IPv6 only") {
    options.v6_only = true;
    Running running(&echo, options);
    CHECK(Socket(running.port, "::1").connected);
    CHECK_FALSE(Socket(running.port, "127.0.0.1").connected);
  }
}

TEST_CASE("a server listens in several places, and stops in all of them") {
  ServerOptions options;
  options.also = {{"127.0.0.2", 0}, {"127.0.0.1", 0}};
  Running running(&echo, options);
  const std::vector<std::uint16_t> ports = running.server->ports();
  REQUIRE(ports.size() == 3);
  CHECK(ports[0] == running.port);
  CHECK(ask(Socket(ports[0])).find("\r\n127.0.0.1 " + std::to_string(ports[0])) != std::string::npos);
  CHECK(ask(Socket(ports[1], "127.0.0.2")).find("\r\n127.0.0.2 " + std::to_string(ports[1])) != std::string::npos);
  CHECK(ask(Socket(ports[2])).find("\r\n127.0.0.1 " + std::to_string(ports[2])) != std::string::npos);
  std::promise<void> stopped;
  boost::asio::post(running.io, [&] {
    running.server->stop();
    stopped.set_value();
  });
  stopped.get_future().get();
  CHECK_FALSE(Socket(ports[0]).connected);
  CHECK_FALSE(Socket(ports[1], "127.0.0.2").connected);
  CHECK_FALSE(Socket(ports[2]).connected);
}

TEST_CASE("one place that cannot be had is an error for all") {
  boost::asio::io_context io;
  auto first = HttpServer::listen(io, {}, &echo);
  REQUIRE(first);
  ServerOptions options;
  options.also = {{"127.0.0.1", (*first)->port()}};
  const auto second = HttpServer::listen(io, options, &echo);
  REQUIRE_FALSE(second);
  CHECK(second.error().message().find(":" + std::to_string((*first)->port())) != std::string::npos);
}

TEST_CASE("an address this machine does not have is an error that says how to have it, or can be bound freely") {
  boost::asio::io_context io;
  ServerOptions options;
  SUBCASE("IPv4") { options.address = "192.0.2.1"; }
  SUBCASE("IPv6") { options.address = "2001:db8::1"; }
  if (options.address == "2001:db8::1" && !has_ipv6()) return;
  const auto refused = HttpServer::listen(io, options, &echo);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find("route add local " + options.address + " dev lo") != std::string::npos);
  options.free_bind = true;
  CHECK(HttpServer::listen(io, options, &echo));
}

TEST_CASE("of idle connections there are only so many, and whoever comes next is served all the same") {
  ServerOptions options;
  options.max_connections = 2;
  options.also = {{"127.0.0.1", 0}};
  Running running(&echo, options);
  const std::vector<std::uint16_t> ports = running.server->ports();
  std::vector<std::unique_ptr<Socket>> idle;
  for (std::size_t i = 0; i < 6; ++i) idle.push_back(std::make_unique<Socket>(ports[i % 2]));
  for (int i = 0; i < 100; ++i) CHECK(running.connections() <= 2);
  CHECK(ask(Socket(ports[1])).ends_with(" 127.0.0.1;"));
  CHECK(running.connections() <= 2);
}

TEST_CASE("connections with a request are not closed for others, who wait until one ends") {
  ServerOptions options;
  options.max_connections = 1;
  Running running(
      [](const ServerRequest& request) {
        ServerReply reply = echo(request);
        reply.delay = std::chrono::milliseconds{1500};
        reply.close = true;
        return reply;
      },
      options);
  const Socket busy(running.port);
  busy.send(kGet);
  const Socket next(running.port);
  next.send(kGet);
  CHECK(const_cast<Socket&>(busy).receive_until(";").ends_with(" 127.0.0.1;"));
  CHECK(running.connections() <= 1);
  CHECK(const_cast<Socket&>(next).receive_until(";").ends_with(" 127.0.0.1;"));
}

// UBSan looks at memory through a pipe, and takes every object for a broken one where it can open none.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("no descriptor left neither ends the server nor makes it spin") {
  const DescriptorLimit limit;
  boost::asio::io_context io;
  auto server = HttpServer::listen(io, {}, &echo);
  REQUIRE(server);
  std::vector<std::unique_ptr<Socket>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<Socket>((*server)->port()));
    REQUIRE(clients.back()->connected);
    clients.back()->send(kGet);
  }
  limit.lower_to_what_is_open();
  std::size_t turns = 0;
  for (int i = 0; i < 10'000; ++i) turns += io.poll();
  CHECK((*server)->connections() == 0);
  CHECK(turns < 5'000);  // a server that spins has one in each
  limit.lift();
  while ((*server)->connections() < 5) io.run_one();
  for (auto& client : clients) {
    std::promise<std::string> reply;
    std::thread reader([&] { reply.set_value(client->receive_until(";")); });
    auto got = reply.get_future();
    while (got.wait_for(std::chrono::milliseconds{1}) != std::future_status::ready) io.poll();
    reader.join();
    CHECK(got.get().ends_with(" 127.0.0.1;"));
  }
}
#endif

TEST_CASE("whether an address reaches this machine is asked without sending anything") {
  CHECK(is_local_address("127.0.0.1"));
  CHECK(is_local_address("127.200.1.2"));
  CHECK(is_local_address("0.0.0.0"));
  CHECK_FALSE(is_local_address("192.0.2.1"));
  CHECK_FALSE(is_local_address("2001:db8::1"));
  for (const char* text : {"", "localhost", "10.0.0", "127.0.0.1:80", "127.0.0.1 "})
    CHECK_FALSE(is_local_address(text));
  CHECK(local_route_command("10.20.0.0/15") == "ip route add local 10.20.0.0/15 dev lo");
  CHECK(local_route_command("2001:db8::/64") == "ip -6 route add local 2001:db8::/64 dev lo");
}

}  // namespace
}  // namespace cpefleet::transport::test
