// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace cpefleet::test {

// The server's end of one connection, for a script that says byte by byte what happens. Every call blocks, at most ten
// seconds; a call on a connection that is gone does nothing.
class RawConnection {
 public:
  using Recorder = std::function<void(const std::string& request)>;
  RawConnection(int fd, std::size_t index, Recorder recorder);
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection();

  [[nodiscard]] std::size_t index() const { return index_; }  // 0 for the first connection of the server
  [[nodiscard]] std::string peer() const;                     // its address
  [[nodiscard]] std::string read_request();                   // head and body; "" when the client is gone
  bool send(std::string_view bytes);                          // false when the client is gone
  void close();                                               // FIN, unless something unread is left
  void reset();
  void wait_until_closed();  // by the client
  bool start_tls(ssl_ctx_st* context);

 private:
  friend class RawServer;
  [[nodiscard]] long receive(char* to, std::size_t size);
  void shut_down();

  std::mutex closing_;  // nobody may meet a descriptor that is somebody else's by now
  int fd_;
  std::size_t index_;
  ssl_st* tls_ = nullptr;
  std::string unread_;
  Recorder recorder_;
};

// A TCP server on 127.0.0.1 that runs a script on each connection and closes it when the script returns. A request the
// script reads is recorded. Destroying it ends all connections.
class RawServer {
 public:
  using Script = std::function<void(RawConnection&)>;
  explicit RawServer(Script script);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] std::vector<std::string> peers() const;
  // Until the scripts of `count` connections have returned and the connections are closed. False after ten seconds.
  bool wait_for_closed(std::size_t count);

 private:
  void accept_all();

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::size_t closed_ = 0;
  std::vector<std::string> requests_;
  std::vector<std::string> peers_;
  std::vector<std::unique_ptr<RawConnection>> connections_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// A complete reply with a Content-Length.
[[nodiscard]] std::string http_reply(int status, std::string_view body, std::string_view more_headers = "");

}  // namespace cpefleet::test
