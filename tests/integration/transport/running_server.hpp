// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <doctest/doctest.h>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "transport/http_server.hpp"

namespace cpefleet::transport::test {

// A server on a thread of its own. The handler runs there.
class Running {
 public:
  template <class Handler>
  explicit Running(Handler handler, ServerOptions options = {}) {
    auto listening = HttpServer::listen(io, std::move(options), handler, [this](std::uint64_t connection) {
      const std::lock_guard lock(mutex);
      closed.push_back(connection);
    });
    REQUIRE(listening);
    server = std::move(*listening);
    port = server->port();
    thread = std::thread([this] { io.run(); });
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    boost::asio::post(io, [this] {
      server.reset();
      guard.reset();
    });
    thread.join();  // what is left runs out of work
  }
  std::size_t connections() {
    std::promise<std::size_t> count;
    boost::asio::post(io, [this, &count] { count.set_value(server->connections()); });
    return count.get_future().get();
  }
  std::vector<std::uint64_t> closed_connections() {
    const std::lock_guard lock(mutex);
    return closed;
  }

  boost::asio::io_context io;
  // A server that was stopped may leave nothing to do, and is still asked.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{io.get_executor()};
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
  std::mutex mutex;
  std::vector<std::uint64_t> closed;
  std::thread thread;
};

// A blocking client's socket, for bytes no HTTP client would send.
class Socket {
 public:
  explicit Socket(std::uint16_t port, const char* to = "127.0.0.1", const char* from = nullptr) {
    const boost::asio::ip::tcp::endpoint server(boost::asio::ip::make_address(to), port);
    fd_ = socket(server.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (from != nullptr) {
      const boost::asio::ip::tcp::endpoint mine(boost::asio::ip::make_address(from), 0);
      if (bind(fd_, mine.data(), static_cast<socklen_t>(mine.size())) != 0) return;
    }
    connected = connect(fd_, server.data(), static_cast<socklen_t>(server.size())) == 0;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  void send(std::string_view bytes) const { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Up to and including `end`, or what there was when the server closed.
  std::string receive_until(std::string_view end) {
    std::string got;
    char byte = 0;
    while (!got.ends_with(end) && recv(fd_, &byte, 1, 0) == 1) got.push_back(byte);
    return got;
  }
  // Everything until the server closes; the error when it did not close but reset.
  std::string receive_rest() {
    std::string got;
    std::array<char, 4096> buffer{};
    long count = 0;
    while ((count = recv(fd_, buffer.data(), buffer.size(), 0)) > 0) {
      got.append(buffer.data(), static_cast<std::size_t>(count));
    }
    error = count < 0 ? errno : 0;
    return got;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  bool connected = false;
  int error = 0;

 private:
  int fd_ = -1;
};

}  // namespace cpefleet::transport::test
