// SPDX-License-Identifier: Apache-2.0
// Replies that come later, from elsewhere, or not at all.
#include <atomic>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <future>
#include <optional>
#include <thread>

#include "running_server.hpp"

namespace cpefleet::transport::test {
namespace {

constexpr std::string_view kGet = "GET /cpe HTTP/1.1\r\nHost: x\r\n\r\n";

ServerReply with_body(std::string body) {
  ServerReply reply;
  reply.body = std::move(body);
  return reply;
}

// Keeps what it is asked until the test answers.
class Desk {
 public:
  [[nodiscard]] auto handler() {
    return [this](const ServerRequest&, Responder responder) {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(responder));
    };
  }
  // Waits until there is one.
  Responder next() {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (!waiting_.empty()) {
          Responder first = std::move(waiting_.front());
          waiting_.erase(waiting_.begin());
          return first;
        }
      }
      std::this_thread::yield();
    }
  }

 private:
  std::mutex mutex_;
  std::vector<Responder> waiting_;
};

TEST_CASE("a reply may come from another thread, at any time, and requests of a connection keep their order") {
  Desk desk;
  Running running(desk.handler());
  Socket client(running.port);
  client.send(std::string(kGet) + std::string(kGet));
  desk.next()(with_body("one;"));
  CHECK(client.receive_until(";") == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\none;");
  desk.next()(with_body("two;"));
  CHECK(client.receive_until(";").ends_with("\r\n\r\ntwo;"));
}

TEST_CASE("a reply may be given inside the handler, and the first one counts") {
  Running running([](const ServerRequest& request, const Responder& responder) {
    responder(with_body(request.target + ";"));
    responder(with_body("too late;"));
  });
  Socket client(running.port);
  for (int i = 0; i < 3; ++i) {
    client.send(kGet);
    CHECK(client.receive_until(";").ends_with("\r\n\r\n/cpe;"));
  }
}

TEST_CASE("while one reply is outstanding others are given") {
  Desk desk;
  Running running(desk.handler());
  Socket first(running.port);
  first.send(kGet);
  const Responder to_first = desk.next();
  Socket second(running.port);
  second.send(kGet);
  desk.next()(with_body("second;"));
  CHECK(second.receive_until(";").ends_with("second;"));
  to_first(with_body("first;"));
  CHECK(first.receive_until(";").ends_with("first;"));
}

TEST_CASE("a reply that never comes ends the connection by the idle timeout, and later does nothing") {
  Desk desk;
  ServerOptions options;
  options.idle_timeout = std::chrono::seconds{1};
  Running running(desk.handler(), options);
  Socket client(running.port);
  client.send(kGet);
  const Responder kept = desk.next();
  CHECK(client.receive_rest().empty());
  while (running.connections() > 0) std::this_thread::yield();
  CHECK(running.closed_connections().size() == 1);
  kept(with_body("late"));
  Socket other(running.port);
  other.send(kGet);
  desk.next()(with_body("other;"));
  CHECK(other.receive_until(";").ends_with("other;"));
}

TEST_CASE("a responder outlives its connection, its server and its io_context") {
  Desk desk;
  std::optional<Responder> kept;
  {
    Running running(desk.handler());
    {
      Socket client(running.port);
      client.send(kGet);
      kept = desk.next();
    }
    SUBCASE("the client is gone") {
      (*kept)(with_body("nobody"));
      while (running.connections() > 0) std::this_thread::yield();
    }
    SUBCASE("the server too") {
      std::promise<void> destroyed;
      boost::asio::post(running.io, [&] {
        running.server.reset();
        destroyed.set_value();
      });
      destroyed.get_future().get();
      (*kept)(with_body("nobody"));
    }
    SUBCASE("all of them") {}
  }
  (*kept)(with_body("nobody"));
}

TEST_CASE("stopping waits for replies that are due, not for those that never come") {
  Desk desk;
  ServerOptions options;
  options.idle_timeout = std::chrono::seconds{1};
  Running running(desk.handler(), options);
  Socket answered(running.port);
  answered.send(kGet);
  const Responder to_answered = desk.next();
  Socket forgotten(running.port);
  forgotten.send(kGet);
  const Responder to_forgotten = desk.next();
  std::promise<void> stopped;
  boost::asio::post(running.io, [&] {
    running.server->stop();
    stopped.set_value();
  });
  stopped.get_future().get();
  to_answered(with_body("at last"));
  const std::string reply = answered.receive_rest();
  CHECK(reply.find("Connection: close") != std::string::npos);
  CHECK(reply.ends_with("at last"));
  CHECK(forgotten.receive_rest().empty());
}

TEST_CASE("replies from many threads meet a server that goes away") {
  for (int round = 0; round < 20; ++round) {
    Desk desk;
    std::vector<std::thread> threads;
    std::vector<std::unique_ptr<Socket>> clients;
    {
      Running running(desk.handler());
      for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<Socket>(running.port));
        clients.back()->send(kGet);
      }
      for (int i = 0; i < 8; ++i) {
        threads.emplace_back([responder = desk.next()] { responder(with_body("x")); });
      }
    }
    for (std::thread& thread : threads) thread.join();
  }
}

class Stalling {
 public:
  explicit Stalling(ServerOptions options) : running(&stall, std::move(options)) {}
  std::unique_ptr<Socket> client() {
    const std::size_t before = ++asked_;
    auto socket = std::make_unique<Socket>(running.port);
    socket->send(kGet);
    while (handled < before) std::this_thread::yield();
    return socket;
  }
  std::size_t stalled() {
    std::promise<std::size_t> count;
    boost::asio::post(running.io, [&] { count.set_value(running.server->stalled()); });
    return count.get_future().get();
  }
  static ServerReply stall(const ServerRequest&) {
    ServerReply reply;
    reply.fate = ServerReply::Fate::stall;
    ++handled;
    return reply;
  }
  static inline std::atomic<std::size_t> handled = 0;
  Running running;

 private:
  std::size_t asked_ = handled;
};

TEST_CASE("of too many stalled connections the oldest are reset") {
  ServerOptions options;
  options.max_stalled = 2;
  Stalling server(options);
  auto first = server.client();
  auto second = server.client();
  auto third = server.client();
  CHECK(first->receive_rest().empty());
  CHECK(first->error == ECONNRESET);
  CHECK(server.stalled() == 2);
  second->close();
  while (server.stalled() > 1) std::this_thread::yield();
  auto fourth = server.client();
  while (server.stalled() < 2) std::this_thread::yield();
  CHECK(server.running.connections() == 2);
}

TEST_CASE("a stalled connection is reset after a while, one after the other") {
  ServerOptions options;
  options.stall_limit = std::chrono::milliseconds{100};
  Stalling server(options);
  for (int i = 0; i < 2; ++i) {
    auto first = server.client();
    auto second = server.client();
    CHECK(first->receive_rest().empty());
    CHECK(first->error == ECONNRESET);
    CHECK(second->receive_rest().empty());
    CHECK(second->error == ECONNRESET);
  }
  while (server.running.connections() > 0) std::this_thread::yield();
  CHECK(server.stalled() == 0);
}

TEST_CASE("stalled connections outlast the idle timeout, and end when the server stops") {
  ServerOptions options;
  options.idle_timeout = std::chrono::seconds{1};
  Stalling server(options);
  auto client = server.client();
  Socket idle(server.running.port);
  CHECK(idle.receive_rest().empty());  // came later, and is gone
  CHECK(server.stalled() == 1);
  boost::asio::post(server.running.io, [&] { server.running.server->stop(); });
  CHECK(client->receive_rest().empty());
  while (server.running.connections() > 0) std::this_thread::yield();
}

}  // namespace
}  // namespace cpefleet::transport::test
