// SPDX-License-Identifier: Apache-2.0
#include "support/raw_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace cpefleet::test {
namespace {

constexpr auto kPatience = std::chrono::seconds{10};

std::size_t content_length(const std::string& head) {
  const auto at = head.find("Content-Length:");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 15, nullptr, 10);
}

// OpenSSL writes without MSG_NOSIGNAL. Only in the server's threads: what the client does is under test.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

RawConnection::RawConnection(int fd, std::size_t index, Recorder recorder)
    : fd_(fd), index_(index), recorder_(std::move(recorder)) {
  const timeval patience{kPatience.count(), 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawConnection::~RawConnection() { close(); }

std::string RawConnection::peer() const {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getpeername(fd_, reinterpret_cast<sockaddr*>(&address), &length);
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return text.data();
}

long RawConnection::receive(char* to, std::size_t size) {
  if (tls_ != nullptr) return SSL_read(tls_, to, static_cast<int>(size));
  return recv(fd_, to, size, 0);
}

std::string RawConnection::read_request() {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto end = unread_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t whole = end + 4 + content_length(unread_.substr(0, end));
      if (unread_.size() >= whole) {
        std::string request = unread_.substr(0, whole);
        unread_.erase(0, whole);
        recorder_(request);
        return request;
      }
    }
    const long got = receive(buffer.data(), buffer.size());
    if (got <= 0) return {};
    unread_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty() && fd_ >= 0) {
    const long sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return fd_ >= 0;
}

void RawConnection::close() {
  const std::lock_guard lock(closing_);
  if (fd_ < 0) return;
  if (tls_ != nullptr) SSL_shutdown(tls_);
  SSL_free(tls_);
  tls_ = nullptr;
  ::close(fd_);
  fd_ = -1;
}

void RawConnection::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  SSL_free(tls_);
  tls_ = nullptr;
  close();
}

void RawConnection::wait_until_closed() {
  std::array<char, 4096> scrap{};
  while (receive(scrap.data(), scrap.size()) > 0) {
  }
}

bool RawConnection::start_tls(ssl_ctx_st* context) {
  tls_ = SSL_new(context);
  SSL_set_fd(tls_, fd_);
  return SSL_accept(tls_) == 1;
}

// Wakes a script that waits; its own thread closes.
void RawConnection::shut_down() {
  const std::lock_guard lock(closing_);
  if (fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener_, 512) != 0 || getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no port on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& connection : connections_) connection->shut_down();
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  ::close(listener_);
}

void RawServer::accept_all() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (fd < 0 || stopping_) {
      if (fd >= 0) ::close(fd);
      return;
    }
    connections_.push_back(std::make_unique<RawConnection>(fd, connections_.size(), [this](const std::string& request) {
      const std::lock_guard recording(mutex_);
      requests_.push_back(request);
    }));
    RawConnection& connection = *connections_.back();
    peers_.push_back(connection.peer());
    threads_.emplace_back([this, &connection] {
      block_sigpipe();
      script_(connection);
      connection.close();
      const std::lock_guard counting(mutex_);
      ++closed_;
      changed_.notify_all();
    });
  }
}

std::size_t RawServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> RawServer::peers() const {
  const std::lock_guard lock(mutex_);
  return peers_;
}

bool RawServer::wait_for_closed(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return closed_ >= count; });
}

std::string http_reply(int status, std::string_view body, std::string_view more_headers) {
  std::string reply = "HTTP/1.1 " + std::to_string(status) + " Status\r\nContent-Length: ";
  return reply.append(std::to_string(body.size())).append("\r\n").append(more_headers).append("\r\n").append(body);
}

}  // namespace cpefleet::test
