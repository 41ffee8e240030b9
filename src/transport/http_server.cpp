// SPDX-License-Identifier: Apache-2.0
#include "transport/http_server.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>
#include <list>
#include <optional>
#include <tuple>

#include "base/text.hpp"

namespace cpefleet::transport {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 4096;
constexpr auto kWaitForDescriptors = std::chrono::milliseconds{100};

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string_view reason_of(int status) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  return reason.empty() ? std::string_view("Unknown") : view(reason);
}

std::string head_of(const ServerReply& reply, bool keep_alive) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, reason_of(reply.status));
  for (const auto& [name, value] : reply.headers) head.append(name).append(": ").append(value).append("\r\n");
  const bool without_body = reply.status < 200 || reply.status == 204 || reply.status == 304;
  if (!without_body) head += fmt::format("Content-Length: {}\r\n", reply.body.size());
  if (!keep_alive) head += "Connection: close\r\n";
  return head += "\r\n";
}

int status_of(const error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  // Beast's other parse errors; anything else is the connection's.
  return error.category() == http::make_error_code(http::error::bad_method).category() &&
                 error != http::error::end_of_stream && error != http::error::partial_message
             ? 400
             : 0;
}

void reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

// Until the time is up or the timer is cancelled.
asio::awaitable<void> pause(asio::steady_timer& timer, Duration how_long) {
  timer.expires_after(how_long);
  [[maybe_unused]] const auto waited = co_await timer.async_wait(kAwait);
}

}  // namespace

struct HttpServer::Core {
  // Stands in its coroutine; `busy` from the first byte of a request to the last of its reply.
  struct Connection {
    tcp::socket socket;
    std::uint64_t id = 0;
    std::uint64_t last_sweep = 0;
    bool busy = false;
    bool told = false;
  };
  using Connections = std::list<Connection*>;

  Core(asio::io_context& context, ServerOptions wanted, Handler handle, ConnectionClosed on_closed)
      : io(context),
        options(std::move(wanted)),
        handler(std::move(handle)),
        closed(std::move(on_closed)),
        acceptor(context),
        sweeper(context) {}

  asio::io_context& io;
  ServerOptions options;
  Handler handler;
  ConnectionClosed closed;
  tcp::acceptor acceptor;
  asio::steady_timer sweeper;
  Connections connections;
  std::uint64_t last_id = 0;
  std::uint64_t sweep = 0;
  bool stopping = false;
  bool gone = false;  // the server; handler and closed may not be called

  void stop(bool now) {
    stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    sweeper.cancel();
    for (Connection* connection : connections) {
      if (now || !connection->busy) connection->socket.close(ignored);
    }
  }

  // One timer for all: a timer of its own would cost each request more than its parsing.
  static asio::awaitable<void> sweep_idle(std::shared_ptr<Core> core) {
    while (!core->stopping) {
      co_await pause(core->sweeper, core->options.idle_timeout);
      if (core->stopping) co_return;
      ++core->sweep;
      for (Connection* connection : core->connections) {
        error_code ignored;
        if (!connection->busy && connection->last_sweep + 1 < core->sweep) connection->socket.close(ignored);
      }
    }
  }

  static asio::awaitable<void> accept(std::shared_ptr<Core> core) {
    while (!core->stopping) {
      auto accepted = co_await core->acceptor.async_accept(kAwait);
      auto& [error, socket] = accepted;
      if (core->stopping) co_return;
      if (error) {
        // No descriptor left, most likely: those waiting in the backlog may get one when others end.
        asio::steady_timer timer(core->io);
        co_await pause(timer, kWaitForDescriptors);
        continue;
      }
      spawn(core, serve(core, std::move(socket)));
    }
  }

  static void spawn(const std::shared_ptr<Core>& core, asio::awaitable<void> coroutine) {
    // What a handler throws ends the program's run() loudly.
    asio::co_spawn(core->io, std::move(coroutine), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }

  static asio::awaitable<void> serve(std::shared_ptr<Core> core, tcp::socket socket) {
    Connection connection{std::move(socket), ++core->last_id, core->sweep};
    const auto place = core->connections.insert(core->connections.end(), &connection);
    const Registration registration(core, place);
    error_code ignored;
    connection.socket.set_option(tcp::no_delay(true), ignored);
    boost::beast::flat_buffer buffer;
    bool more = true;
    while (more && !core->stopping) more = co_await exchange(*core, connection, buffer);
    connection.socket.shutdown(tcp::socket::shutdown_both, ignored);
  }

  // Takes a connection out when its coroutine ends, in whatever way.
  struct Registration {
    Registration(std::shared_ptr<Core> owner, Connections::iterator at) : core(std::move(owner)), place(at) {}
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() {
      const Connection& connection = **place;
      if (connection.told && core->closed && !core->gone) core->closed(connection.id);
      core->connections.erase(place);
    }
    std::shared_ptr<Core> core;
    Connections::iterator place;
  };

  using Parser = http::request_parser<http::string_body>;

  // One request and its reply. False when the connection is done.
  static asio::awaitable<bool> exchange(Core& core, Connection& connection, boost::beast::flat_buffer& buffer) {
    connection.busy = false;
    connection.last_sweep = core.sweep;
    Parser parser;
    parser.header_limit(core.options.header_limit);
    parser.body_limit(core.options.body_limit);
    const auto head = co_await http::async_read_header(connection.socket, buffer, parser, kAwait);
    error_code error = std::get<0>(head);
    connection.busy = true;
    if (!error && !parser.is_done()) {
      error = co_await read_body(connection, buffer, parser);
    }
    if (core.gone) co_return false;
    if (error) {
      ServerReply refusal;
      refusal.status = status_of(error);
      if (refusal.status != 0) co_await write(connection, refusal, false);
      co_return false;
    }
    const bool keep_alive = parser.get().keep_alive();
    connection.told = true;
    ServerReply reply = core.handler(request_of(connection.id, parser.get()));
    co_return co_await answer(core, connection, std::move(reply), keep_alive);
  }

  static asio::awaitable<error_code> read_body(Connection& connection, boost::beast::flat_buffer& buffer,
                                               Parser& parser) {
    if (equal_ignoring_case(view(parser.get()[http::field::expect]), "100-continue")) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto written = co_await asio::async_write(connection.socket, asio::buffer(kContinue), kAwait);
      if (std::get<0>(written)) co_return std::get<0>(written);
    }
    const auto read = co_await http::async_read(connection.socket, buffer, parser, kAwait);
    co_return std::get<0>(read);
  }

  static ServerRequest request_of(std::uint64_t id, http::request<http::string_body>& message) {
    ServerRequest request;
    request.connection = id;
    request.method = view(message.method_string());
    request.target = view(message.target());
    for (const auto& field : message) request.headers.emplace_back(view(field.name_string()), view(field.value()));
    request.body = std::move(message.body());
    return request;
  }

  static asio::awaitable<bool> answer(Core& core, Connection& connection, ServerReply reply, bool keep_alive) {
    if (reply.delay > Duration{}) {
      asio::steady_timer timer(core.io);
      co_await pause(timer, reply.delay);
    }
    switch (reply.fate) {
      case ServerReply::Fate::close_without_answer: co_return false;
      case ServerReply::Fate::reset: reset(connection.socket); co_return false;
      case ServerReply::Fate::stall: {
        connection.busy = false;  // may be closed by stop()
        std::array<char, 512> scrap{};
        for (bool open = true; open;) {
          const auto read = co_await connection.socket.async_read_some(asio::buffer(scrap), kAwait);
          open = !std::get<0>(read);
        }
        co_return false;
      }
      case ServerReply::Fate::answer: break;
    }
    keep_alive = keep_alive && !reply.close && !core.stopping;
    const bool written = co_await write(connection, reply, keep_alive);
    co_return written&& keep_alive;
  }

  static asio::awaitable<bool> write(Connection& connection, const ServerReply& reply, bool keep_alive) {
    const std::string head = head_of(reply, keep_alive);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(reply.body)};
    const auto written = co_await asio::async_write(connection.socket, buffers, kAwait);
    co_return !std::get<0>(written);
  }
};

Result<std::unique_ptr<HttpServer>> HttpServer::listen(asio::io_context& io, ServerOptions options, Handler handler,
                                                       ConnectionClosed closed) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return failure(
        fmt::format("cannot listen on {}: give a numeric address, such as 127.0.0.1 or 0.0.0.0", options.address));
  }
  const tcp::endpoint endpoint(address, options.port);
  auto core = std::make_shared<Core>(io, std::move(options), std::move(handler), std::move(closed));
  core->acceptor.open(endpoint.protocol(), error);
  if (!error) core->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) core->acceptor.bind(endpoint, error);
  if (!error) core->acceptor.listen(kBacklog, error);
  if (error == asio::error::address_in_use) {
    return failure(
        fmt::format("cannot listen on {}:{}: another program has the port (`ss -ltnp 'sport = :{}'` shows "
                    "which); end it, choose another port, or port 0 for any free one",
                    core->options.address, endpoint.port(), endpoint.port()));
  }
  if (error == asio::error::access_denied) {
    return failure(
        fmt::format("cannot listen on {}:{}: ports below 1024 need a privilege; choose another port, or "
                    "port 0 for any free one",
                    core->options.address, endpoint.port()));
  }
  if (error) {
    return failure(fmt::format("cannot listen on {}:{}: {}", core->options.address, endpoint.port(), error.message()));
  }
  Core::spawn(core, Core::accept(core));
  Core::spawn(core, Core::sweep_idle(core));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
}

HttpServer::HttpServer(std::shared_ptr<Core> core) : core_(std::move(core)) {}

HttpServer::~HttpServer() {
  core_->gone = true;
  core_->stop(true);
}

std::uint16_t HttpServer::port() const {
  error_code ignored;
  return core_->acceptor.is_open() ? core_->acceptor.local_endpoint(ignored).port() : std::uint16_t{0};
}

std::string HttpServer::url() const {
  const std::string& address = core_->options.address;
  const bool v6 = address.find(':') != std::string::npos;
  return v6 ? fmt::format("http://[{}]:{}", address, port()) : fmt::format("http://{}:{}", address, port());
}

std::size_t HttpServer::connections() const { return core_->connections.size(); }

void HttpServer::stop() { core_->stop(false); }

}  // namespace cpefleet::transport
