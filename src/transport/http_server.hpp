// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "transport/responder.hpp"

namespace cpefleet::transport {

struct ServerRequest {
  std::uint64_t connection = 0;  // unique per TCP connection of a server
  std::string local_address;     // which of this machine's addresses was connected to; an IPv4 one as such, also where
                                 // the socket is of both families
  std::uint16_t local_port = 0;
  std::string peer_address;
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;              // chunks joined; of a PUT perhaps the beginning only, see ServerOptions::puts
  std::uint64_t body_bytes = 0;  // of all of it
};

struct ServerReply {
  enum class Fate : std::uint8_t { answer, close_without_answer, reset, stall };
  Fate fate = Fate::answer;  // stall: say nothing and wait until the client goes away, or a limit is met
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Length and Connection are the server's
  std::string body;
  // Behind the body: this block, again and again until there are so many bytes. Replies may share it, so that a file
  // costs its memory once, and what has no other content than filler costs none.
  std::shared_ptr<const std::string> block;
  std::uint64_t block_bytes = 0;  // 0 where there is no block, or an empty one
  bool close = false;             // after the reply
  Duration delay{};               // before anything is sent
};

struct ListenPlace {
  std::string address;     // numeric
  std::uint16_t port = 0;  // 0: any free one
};

struct ServerOptions {
  std::string address = "127.0.0.1";  // numeric; 0.0.0.0 and :: are all of a family
  std::uint16_t port = 0;             // 0: any free one, see HttpServer::port()
  std::vector<ListenPlace> also;      // further places; all of them, or listen() fails
  bool v6_only = false;               // an IPv6 address, that is `::`, takes no IPv4 connections
  bool free_bind = false;             // also at addresses this machine does not have, or not yet
  // What to do about a port that cannot be had, for the error's end.
  std::string ways_out = "choose another port, or port 0 for any free one";
  std::uint32_t header_limit = 64 * 1024;
  std::uint64_t body_limit = 32u << 20;
  // Uploads that are only counted: of a PUT's body the handler gets the first `keep` bytes, the rest is read and dropped.
  struct Puts {
    std::uint64_t keep = 0;
    std::uint64_t limit = 0;  // in place of body_limit
  };
  std::optional<Puts> puts;
  Duration idle_timeout = std::chrono::minutes{2};  // a connection without a request is closed after it, at the latest
                                                    // after twice as long; so is one whose reply never came
  Duration stall_limit = std::chrono::minutes{5};   // a stalled connection is reset after it,
  std::size_t max_stalled = 4096;                   // or when so many others stall since
  std::size_t max_connections = 0;                  // 0: no limit; see below
};

// An HTTP/1.1 server: a coroutine per connection, keep-alive, chunked bodies, `Expect: 100-continue`. What breaks HTTP
// or a limit is answered 400, 413 or 431 without the handler hearing of it.
// At max_connections a peer that wants to connect waits in the backlog until one ends, or has been without a request for
// a second: the idlest is closed then.
// Lifetime: destroyed before its io_context; the handler is not called any more then.
// Thread: the one that runs the io_context; the destructor also when it does not run any more.
class HttpServer {
 public:
  using Handler = std::function<ServerReply(ServerRequest)>;
  // Called on the io_context's thread too, answers whenever it likes.
  using AsyncHandler = std::function<void(ServerRequest, Responder)>;
  // Told once for each connection from which a request came.
  using ConnectionClosed = std::function<void(std::uint64_t connection)>;

  // Listens at once. The error names the address and the ways out.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(boost::asio::io_context& io, ServerOptions options,
                                                                  Handler handler, ConnectionClosed closed = {});
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(boost::asio::io_context& io, ServerOptions options,
                                                                  AsyncHandler handler, ConnectionClosed closed = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  // cuts what is left

  [[nodiscard]] std::uint16_t port() const;                // 0 once stopped
  [[nodiscard]] std::vector<std::uint16_t> ports() const;  // that one, and those of `also`
  [[nodiscard]] std::string url() const;                   // http://address:port
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::size_t stalled() const;
  // No new connections; idle ones are closed, the others after the reply that is due.
  void stop();

 private:
  struct Core;
  explicit HttpServer(std::shared_ptr<Core> core);
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace cpefleet::transport
