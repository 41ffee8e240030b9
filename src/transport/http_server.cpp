// SPDX-License-Identifier: Apache-2.0
#include "transport/http_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <fmt/format.h>
#include <list>
#include <optional>
#include <tuple>
#include <vector>

#include "base/text.hpp"
#include "transport/http_listener.hpp"
#include "transport/reply_slot.hpp"

namespace cpefleet::transport {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kWaitForDescriptors = std::chrono::milliseconds{100};
constexpr std::size_t kPiece = 16 * 1024;              // of a body that is only counted
constexpr auto kIdleEnough = std::chrono::seconds{1};  // to be closed for another, where connections are limited

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string_view reason_of(int status) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  return reason.empty() ? std::string_view("Unknown") : view(reason);
}

std::string head_of(const ServerReply& reply, bool keep_alive) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, reason_of(reply.status));
  for (const auto& [name, value] : reply.headers) head.append(name).append(": ").append(value).append("\r\n");
  const bool without_body = reply.status < 200 || reply.status == 204 || reply.status == 304;
  if (!without_body) head += fmt::format("Content-Length: {}\r\n", reply.body.size() + reply.block_bytes);
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

// As people write it: an IPv4 address is one, also where it comes through a socket of both families.
std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

// Until the time is up or the timer is cancelled.
asio::awaitable<void> pause(asio::steady_timer& timer, Duration how_long) {
  timer.expires_after(how_long);
  [[maybe_unused]] const auto waited = co_await timer.async_wait(kAwait);
}

}  // namespace

struct HttpServer::Core : std::enable_shared_from_this<Core> {
  enum class State : std::uint8_t {
    reading,  // nothing, or part of a request
    busy,     // with a request or the reply to it
    waiting,  // for a handler's reply
    stalled,
  };
  struct Connection;
  using Connections = std::list<Connection*>;
  // Stands in its coroutine.
  struct Connection {
    Connection(tcp::socket from, std::uint64_t number, std::uint64_t sweep)
        : socket(std::move(from)), timer(socket.get_executor()), id(number), last_sweep(sweep) {}
    tcp::socket socket;
    asio::steady_timer timer;  // what the coroutine waits for, unless it is the socket
    std::uint64_t id;
    std::uint64_t last_sweep;  // when it began to wait for the other side
    State state = State::reading;
    bool told = false;
    Connections::iterator place;
    std::chrono::steady_clock::time_point waits_since = std::chrono::steady_clock::now();
    ServerRequest ends;  // its addresses, once a request came
    Connections::iterator stalled_at;
    std::chrono::steady_clock::time_point reset_at;
  };
  struct Listener {
    explicit Listener(tcp::acceptor from) : acceptor(std::move(from)), pause(acceptor.get_executor()) {}
    tcp::acceptor acceptor;
    asio::steady_timer pause;
  };

  Core(asio::io_context& context, ServerOptions wanted, ConnectionClosed on_closed)
      : io(context),
        options(std::move(wanted)),
        closed(std::move(on_closed)),
        sweeper(context),
        stall_timer(context),
        gate(std::make_shared<ServerGate>()) {
    gate->io = &context;
  }

  asio::io_context& io;
  ServerOptions options;
  Handler handler;  // or:
  AsyncHandler async_handler;
  ConnectionClosed closed;
  std::list<Listener> listeners;
  asio::steady_timer sweeper;
  asio::steady_timer stall_timer;
  bool stall_timer_runs = false;
  Connections connections;
  Connections stalled;  // the oldest first
  std::shared_ptr<ServerGate> gate;
  std::uint64_t last_id = 0;
  std::uint64_t sweep = 0;
  bool stopping = false;
  bool gone = false;  // the server; handler and closed may not be called

  static void cut(Connection& connection) {
    error_code ignored;
    connection.socket.close(ignored);
    connection.timer.cancel();
  }

  void stop(bool now) {
    stopping = true;
    error_code ignored;
    for (Listener& listener : listeners) listener.acceptor.close(ignored);
    wake_listeners();
    stall_timer.cancel();
    for (Connection* connection : connections) {
      if (now || connection->state == State::reading || connection->state == State::stalled) cut(*connection);
    }
    // Until the last reply is out, which may never come.
    if (now || connections.empty()) sweeper.cancel();
  }

  void wake_listeners() {
    for (Listener& listener : listeners) listener.pause.cancel();
  }

  [[nodiscard]] bool full() const {
    return options.max_connections != 0 && connections.size() >= options.max_connections;
  }

  // The list is in the order in which they began to wait for a request.
  void cut_idlest() {
    const auto idlest = std::find_if(connections.begin(), connections.end(),
                                     [](const Connection* c) { return c->state == State::reading; });
    if (idlest == connections.end() || std::chrono::steady_clock::now() < (*idlest)->waits_since + kIdleEnough) return;
    (*idlest)->state = State::busy;  // it is on its way out, and not to be counted on twice
    cut(**idlest);
  }

  // One timer for all: a timer of its own would cost each request more than its parsing.
  static asio::awaitable<void> sweep_idle(std::shared_ptr<Core> core) {
    while (!core->gone && !(core->stopping && core->connections.empty())) {
      co_await pause(core->sweeper, core->options.idle_timeout);
      ++core->sweep;
      for (Connection* connection : core->connections) {
        const bool idle = connection->state == State::reading || connection->state == State::waiting;
        if (idle && connection->last_sweep + 1 < core->sweep) cut(*connection);
      }
    }
  }

  static asio::awaitable<void> accept(std::shared_ptr<Core> core, Listener& listener) {
    const bool limited = core->options.max_connections != 0;
    if (limited) listener.acceptor.non_blocking(true);
    while (!core->stopping) {
      if (limited) {
        const bool wanted = co_await place_free(*core, listener);
        if (!wanted) continue;
      }
      error_code error;
      tcp::socket socket(listener.acceptor.get_executor());
      if (limited) {
        listener.acceptor.accept(socket, error);
        if (error == asio::error::would_block) continue;  // who was there is gone again
      } else {
        auto accepted = co_await listener.acceptor.async_accept(kAwait);
        error = std::get<0>(accepted);
        socket = std::move(std::get<1>(accepted));
      }
      if (core->stopping) co_return;
      if (error) {
        // No descriptor left, most likely: those waiting in the backlog may get one when others end.
        co_await pause(listener.pause, kWaitForDescriptors);
        continue;
      }
      spawn(core, serve(core, std::move(socket)));
    }
  }

  // Waits for somebody who wants to connect, and makes room. False: look again.
  static asio::awaitable<bool> place_free(Core& core, Listener& listener) {
    const auto waited = co_await listener.acceptor.async_wait(tcp::acceptor::wait_read, kAwait);
    if (core.stopping) co_return false;
    if (std::get<0>(waited)) {
      co_await pause(listener.pause, kWaitForDescriptors);
      co_return false;
    }
    if (!core.full()) co_return true;
    core.cut_idlest();
    // Until one has ended, which cancels it; or, so that a connection that became idle meanwhile is found, for a moment.
    co_await pause(listener.pause, kWaitForDescriptors);
    co_return false;
  }

  static void spawn(const std::shared_ptr<Core>& core, asio::awaitable<void> coroutine) {
    // What a handler throws ends the program's run() loudly.
    asio::co_spawn(core->io, std::move(coroutine), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }

  static asio::awaitable<void> serve(std::shared_ptr<Core> core, tcp::socket socket) {
    Connection connection(std::move(socket), ++core->last_id, core->sweep);
    connection.place = core->connections.insert(core->connections.end(), &connection);
    const Registration registration(core, connection.place);
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
      if (connection.state == State::stalled) core->stalled.erase(connection.stalled_at);
      if (connection.told && core->closed && !core->gone) core->closed(connection.id);
      core->connections.erase(place);
      if (core->stopping && core->connections.empty()) core->sweeper.cancel();
      if (core->options.max_connections != 0) core->wake_listeners();
    }
    std::shared_ptr<Core> core;
    Connections::iterator place;
  };

  using Parser = http::request_parser<http::string_body>;

  // One request and its reply. False when the connection is done.
  static asio::awaitable<bool> exchange(Core& core, Connection& connection, boost::beast::flat_buffer& buffer) {
    connection.state = State::reading;
    connection.last_sweep = core.sweep;
    connection.waits_since = std::chrono::steady_clock::now();
    core.connections.splice(core.connections.end(), core.connections, connection.place);
    Parser parser;
    parser.header_limit(core.options.header_limit);
    // What it announces is held against this at once, before it is known to be a PUT.
    const auto& rules = core.options;
    parser.body_limit(rules.puts ? std::max(rules.body_limit, rules.puts->limit) : rules.body_limit);
    const auto head = co_await http::async_read_header(connection.socket, buffer, parser, kAwait);
    error_code error = std::get<0>(head);
    std::optional<Counted> counted;
    if (!error && !parser.is_done()) {
      const bool counts = rules.puts && parser.get().method() == http::verb::put;
      const auto limit = counts ? rules.puts->limit : rules.body_limit;
      if (parser.content_length().value_or(0) > limit) {
        error = http::make_error_code(http::error::body_limit);
      } else if (counts) {
        counted.emplace(std::move(parser), *rules.puts);
        error = co_await count_body(connection, buffer, *counted);
      } else {
        parser.body_limit(limit);
        error = co_await read_body(connection, buffer, parser);
      }
    }
    connection.state = State::busy;
    if (core.gone || !connection.socket.is_open()) co_return false;
    if (error) {
      ServerReply refusal;
      refusal.status = status_of(error);
      if (refusal.status != 0) co_await write(connection, refusal, false);
      co_return false;
    }
    const bool keep_alive = counted ? counted->parser.get().keep_alive() : parser.get().keep_alive();
    connection.told = true;
    ServerRequest request = counted ? request_of(connection, counted->parser.get().base(), std::move(counted->kept))
                                    : request_of(connection, parser.get().base(), std::move(parser.get().body()));
    if (counted) request.body_bytes = counted->bytes;
    if (core.handler) {
      ServerReply reply = core.handler(std::move(request));
      co_return co_await answer(core, connection, std::move(reply), keep_alive);
    }
    std::optional<ServerReply> reply = co_await ask(core, connection, std::move(request));
    if (!reply) co_return false;
    co_return co_await answer(core, connection, *std::move(reply), keep_alive);
  }

  // Empty when the connection was cut meanwhile.
  static asio::awaitable<std::optional<ServerReply>> ask(Core& core, Connection& connection, ServerRequest request) {
    const auto slot = std::make_shared<ReplySlot>(core.gate);
    const Waiting waiting(*slot, connection.timer);
    connection.state = State::waiting;
    connection.last_sweep = core.sweep;
    core.async_handler(std::move(request), Responder(slot));
    if (!slot->reply && connection.socket.is_open()) {
      connection.timer.expires_at(std::chrono::steady_clock::time_point::max());
      [[maybe_unused]] const auto woken = co_await connection.timer.async_wait(kAwait);
    }
    connection.state = State::busy;
    co_return std::move(slot->reply);
  }

  // The slot may outlive the connection, whose timer it must not touch then.
  struct Waiting {
    Waiting(ReplySlot& at, asio::steady_timer& timer) : slot(at) { slot.waiting = &timer; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { slot.waiting = nullptr; }
    ReplySlot& slot;
  };

  static asio::awaitable<error_code> read_body(Connection& connection, boost::beast::flat_buffer& buffer,
                                               Parser& parser) {
    const auto asked_for = co_await ask_for_body(connection, parser.get().base());
    if (asked_for) co_return asked_for;
    const auto read = co_await http::async_read(connection.socket, buffer, parser, kAwait);
    co_return std::get<0>(read);
  }

  static asio::awaitable<error_code> ask_for_body(Connection& connection, const http::request_header<>& head) {
    if (!equal_ignoring_case(view(head[http::field::expect]), "100-continue")) co_return error_code();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto written = co_await asio::async_write(connection.socket, asio::buffer(kContinue), kAwait);
    co_return std::get<0>(written);
  }

  // A body of which only the beginning is kept.
  struct Counted {
    Counted(Parser&& head, const ServerOptions::Puts& rules) : parser(std::move(head)), keep(rules.keep) {
      parser.body_limit(rules.limit);
    }
    http::request_parser<http::buffer_body> parser;
    std::uint64_t keep;
    std::uint64_t bytes = 0;
    std::string kept;
  };

  static asio::awaitable<error_code> count_body(Connection& connection, boost::beast::flat_buffer& buffer,
                                                Counted& counted) {
    const auto asked_for = co_await ask_for_body(connection, counted.parser.get().base());
    if (asked_for) co_return asked_for;
    std::vector<char> piece(kPiece);
    while (!counted.parser.is_done()) {
      auto& body = counted.parser.get().body();
      body.data = piece.data();
      body.size = piece.size();
      body.more = true;
      const auto read = co_await http::async_read(connection.socket, buffer, counted.parser, kAwait);
      const auto error = std::get<0>(read);
      if (error && error != http::error::need_buffer) co_return error;
      const auto got = piece.size() - body.size;
      counted.bytes += got;
      const auto wanted = counted.keep - std::min<std::uint64_t>(counted.keep, counted.kept.size());
      counted.kept.append(piece.data(), static_cast<std::size_t>(std::min<std::uint64_t>(wanted, got)));
    }
    co_return error_code();
  }

  static ServerRequest request_of(Connection& connection, const http::request_header<>& message, std::string body) {
    ServerRequest& ends = connection.ends;
    if (ends.connection == 0) {
      error_code error;
      const auto local = connection.socket.local_endpoint(error);
      ends.connection = connection.id;
      ends.local_address = text_of(local.address());
      ends.local_port = local.port();
      const auto peer = connection.socket.remote_endpoint(error);
      if (!error) ends.peer_address = text_of(peer.address());  // it may be gone again
    }
    ServerRequest request = ends;
    request.method = view(message.method_string());
    request.target = view(message.target());
    for (const auto& field : message) request.headers.emplace_back(view(field.name_string()), view(field.value()));
    request.body = std::move(body);
    request.body_bytes = request.body.size();
    return request;
  }

  static asio::awaitable<bool> answer(Core& core, Connection& connection, ServerReply reply, bool keep_alive) {
    if (reply.delay > Duration{}) {
      co_await pause(connection.timer, reply.delay);
    }
    switch (reply.fate) {
      case ServerReply::Fate::close_without_answer: co_return false;
      case ServerReply::Fate::reset: reset(connection.socket); co_return false;
      case ServerReply::Fate::stall: {
        if (core.stopping) co_return false;
        core.stall(connection);
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

  void stall(Connection& connection) {
    connection.state = State::stalled;
    connection.reset_at = std::chrono::steady_clock::now() + options.stall_limit;
    connection.stalled_at = stalled.insert(stalled.end(), &connection);
    if (stalled.size() > options.max_stalled) reset_oldest();
    if (!stall_timer_runs) watch_stalled();
  }

  void reset_oldest() {
    Connection& connection = *stalled.front();
    stalled.pop_front();
    connection.state = State::busy;
    reset(connection.socket);
  }

  void watch_stalled() {
    stall_timer_runs = !stalled.empty() && !stopping;
    if (!stall_timer_runs) return;
    stall_timer.expires_at(stalled.front()->reset_at);
    stall_timer.async_wait([core = weak_from_this()](const error_code&) {
      const auto self = core.lock();
      if (!self) return;
      const auto now = std::chrono::steady_clock::now();
      while (!self->stalled.empty() && self->stalled.front()->reset_at <= now) self->reset_oldest();
      self->watch_stalled();
    });
  }

  static asio::awaitable<bool> write(Connection& connection, const ServerReply& reply, bool keep_alive) {
    const std::string head = head_of(reply, keep_alive);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(reply.body)};
    const auto written = co_await asio::async_write(connection.socket, buffers, kAwait);
    if (std::get<0>(written)) co_return false;
    const bool block = reply.block && !reply.block->empty();
    for (auto left = reply.block_bytes; block && left > 0;) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, reply.block->size()));
      const auto sent = co_await asio::async_write(connection.socket, asio::buffer(*reply.block, piece), kAwait);
      if (std::get<0>(sent)) co_return false;
      left -= piece;
    }
    co_return true;
  }
};

Result<std::unique_ptr<HttpServer>> HttpServer::listen(asio::io_context& io, ServerOptions options, Handler handler,
                                                       ConnectionClosed closed) {
  auto core = std::make_shared<Core>(io, std::move(options), std::move(closed));
  core->handler = std::move(handler);
  return start(std::move(core));
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(asio::io_context& io, ServerOptions options,
                                                       AsyncHandler handler, ConnectionClosed closed) {
  auto core = std::make_shared<Core>(io, std::move(options), std::move(closed));
  core->async_handler = std::move(handler);
  return start(std::move(core));
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(std::shared_ptr<Core> core) {
  std::vector<ListenPlace> places{{core->options.address, core->options.port}};
  places.insert(places.end(), core->options.also.begin(), core->options.also.end());
  for (const ListenPlace& place : places) {
    auto listener = open_listener(core->io, place, core->options);
    if (!listener) return tl::unexpected<Error>(listener.error());
    core->listeners.emplace_back(std::move(*listener));
  }
  for (Core::Listener& listener : core->listeners) Core::spawn(core, Core::accept(core, listener));
  Core::spawn(core, Core::sweep_idle(core));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
}

HttpServer::HttpServer(std::shared_ptr<Core> core) : core_(std::move(core)) {}

HttpServer::~HttpServer() {
  {
    const std::lock_guard lock(core_->gate->mutex);
    core_->gate->io = nullptr;
  }
  core_->gone = true;
  core_->stop(true);
}

std::uint16_t HttpServer::port() const { return ports().front(); }

std::vector<std::uint16_t> HttpServer::ports() const {
  std::vector<std::uint16_t> all;
  for (const Core::Listener& listener : core_->listeners) {
    error_code ignored;
    all.push_back(listener.acceptor.is_open() ? listener.acceptor.local_endpoint(ignored).port() : std::uint16_t{0});
  }
  return all;
}

std::string HttpServer::url() const {
  const std::string& address = core_->options.address;
  const bool v6 = address.find(':') != std::string::npos;
  return v6 ? fmt::format("http://[{}]:{}", address, port()) : fmt::format("http://{}:{}", address, port());
}

std::size_t HttpServer::connections() const { return core_->connections.size(); }

std::size_t HttpServer::stalled() const { return core_->stalled.size(); }

void HttpServer::stop() { core_->stop(false); }

}  // namespace cpefleet::transport
