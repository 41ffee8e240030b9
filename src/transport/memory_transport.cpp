// SPDX-License-Identifier: Apache-2.0
#include "transport/memory_transport.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <optional>

#include "base/text.hpp"
#include "base/units.hpp"
#include "transport/outcome_handler.hpp"

namespace cpefleet::transport {
namespace {

// The header list as CurlTransport sends it (H-3, H-4, H-5).
std::vector<std::pair<std::string, std::string>> header_list(const Request& request) {
  std::vector<std::pair<std::string, std::string>> list;
  const std::string origin = request.url->origin();
  list.emplace_back("Host", origin.substr(origin.find("//") + 2));
  const auto add = [&list](const char* name, std::string_view value) {
    if (!value.empty()) list.emplace_back(name, value);
  };
  add("User-Agent", request.user_agent);
  add("Authorization", request.authorization);
  add("Cookie", request.cookie);
  if (request.envelope) {
    list.emplace_back("Content-Type", "text/xml; charset=utf-8");
    list.emplace_back("SOAPAction", "");
  }
  if (request.extra_headers != nullptr) {
    for (const std::string_view line : *request.extra_headers) {
      const auto colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      list.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
  }
  list.emplace_back("Content-Length", std::to_string(request.body.size()));
  return list;
}

}  // namespace

struct MemoryTransport::Core {
  boost::asio::any_io_executor executor;
  const Clock& clock;
  VirtualTimers& timers;
  Handler handler;
  MemoryTransportOptions options;
  ConnectionClosed closed;
  std::size_t open = 0;
  std::uint64_t last_connection = 0;
  bool shut_down = false;

  void complete_later(OutcomeHandler waiter, Outcome outcome) const {
    boost::asio::post(executor, [waiter = std::move(waiter), outcome = std::move(outcome)]() mutable {
      waiter.complete(std::move(outcome));
    });
  }
};

// One exchange under way. Timers hold it weakly: when the channel drops it, they come to nothing.
struct MemoryTransport::Exchange {
  MemoryRequest request;
  std::string origin;
  OutcomeHandler waiter;
  bool opened = false;
};

class MemoryTransport::MemoryChannel final : public Channel {
 public:
  MemoryChannel(std::shared_ptr<Core> core, ChannelOptions options)
      : core_(std::move(core)), options_(std::move(options)) {
    ++core_->open;
  }
  MemoryChannel(const MemoryChannel&) = delete;
  MemoryChannel& operator=(const MemoryChannel&) = delete;
  ~MemoryChannel() override {
    give_up();
    disconnect();
    --core_->open;
  }

  boost::asio::awaitable<Outcome> post(Request request) override {
    return wait_for_outcome([this, request](OutcomeHandler waiter) { start(request, std::move(waiter)); });
  }

  void cancel() override {
    if (!exchange_) return;
    give_up();
    disconnect();
  }

 private:
  void start(const Request& request, OutcomeHandler waiter) {
    if (core_->shut_down) return core_->complete_later(std::move(waiter), Failed{Cause::aborted, "the run ended"});
    if (exchange_) {
      return core_->complete_later(std::move(waiter), Failed{Cause::internal, "two exchanges at once on one channel"});
    }
    if (request.url->tls()) {
      return core_->complete_later(
          std::move(waiter),
          Failed{Cause::tls_failed, "https cannot be simulated in memory: use an http URL, or run on real sockets"});
    }
    exchange_ = std::make_shared<Exchange>();
    exchange_->waiter = std::move(waiter);
    exchange_->waiter.on_cancellation([this, weak = std::weak_ptr<Exchange>(exchange_)] {
      if (!weak.expired()) cancel();
    });
    exchange_->origin = request.url->origin();
    if (exchange_->origin != origin_) disconnect();
    origin_ = exchange_->origin;
    if (connection_ == 0) {
      connection_ = ++core_->last_connection;
      exchange_->opened = true;
    }
    exchange_->request = {connection_, "POST", request.url->target, header_list(request), std::string(request.body)};
    const Duration connecting = exchange_->opened ? core_->options.connect_time : Duration{};
    const TimePoint now = core_->clock.now();
    if (connecting > options_.connect_timeout) {
      return later(now + options_.connect_timeout, [this] {
        fail(Cause::connect_timeout,
             fmt::format("no connection to {} within {}", origin_, format_duration(options_.connect_timeout)));
      });
    }
    sent_ = now + connecting;
    later(sent_ + core_->options.one_way, [this] { arrive(); });
  }

  // The request is with the handler.
  void arrive() {
    using Fate = MemoryReply::Fate;
    const TimePoint now = core_->clock.now();
    MemoryReply reply = core_->handler(exchange_->request);
    const TimePoint due = now + reply.delay + core_->options.one_way;
    const TimePoint limit = sent_ + options_.response_timeout;
    if (reply.fate == Fate::refuse && exchange_->opened) {
      return fail(Cause::connect_refused, fmt::format("cannot connect to {}: Connection refused", origin_));
    }
    if (reply.fate == Fate::stall || due > limit) {
      return later(limit, [this] {
        fail(Cause::response_timeout,
             fmt::format("no complete reply from {} within {}", origin_, format_duration(options_.response_timeout)));
      });
    }
    later(due, [this, reply = std::move(reply)]() mutable { deliver(std::move(reply)); });
  }

  void deliver(MemoryReply answer) {
    using Fate = MemoryReply::Fate;
    switch (answer.fate) {
      case Fate::close_without_answer:
        return fail(Cause::cut_after_send,
                    fmt::format("{} closed the connection after the POST was sent, before any reply", origin_));
      case Fate::reset:
      case Fate::refuse:
        return fail(Cause::cut_after_send,
                    fmt::format("{} reset the connection after the POST was sent, before any reply", origin_));
      case Fate::truncate:
        return fail(Cause::truncated_reply, fmt::format("{} closed the connection within the reply", origin_));
      case Fate::answer:
      case Fate::stall: break;
    }
    if (answer.body.size() > options_.message_size) {
      return fail(Cause::message_too_big,
                  fmt::format("the reply of {} has more than {} bytes", origin_, format_count(options_.message_size)));
    }
    Reply reply;
    reply.status = answer.status;
    for (auto& [name, value] : answer.headers) {
      if (options_.wants_header == nullptr || options_.wants_header(name)) {
        reply.headers.push_back({std::move(name), std::move(value)});
      }
    }
    reply.body = std::move(answer.body);
    reply.connection_closed = answer.close;
    reply.reopened = exchange_->opened && used_;
    if (exchange_->opened) reply.connected_in = core_->options.connect_time;
    used_ = true;
    if (answer.close) disconnect();
    finish(std::move(reply));
  }

  void fail(Cause cause, std::string detail) {
    used_ = true;
    disconnect();
    finish(Failed{cause, std::move(detail)});
  }

  // The channel may be gone when this returns.
  void finish(Outcome outcome) {
    const auto exchange = std::exchange(exchange_, nullptr);
    exchange->waiter.complete(std::move(outcome));
  }

  void give_up() {
    if (const auto exchange = std::exchange(exchange_, nullptr)) {
      core_->complete_later(std::move(exchange->waiter), Failed{Cause::aborted, "the exchange was given up"});
    }
  }

  void disconnect() {
    const std::uint64_t connection = std::exchange(connection_, 0);
    if (connection != 0 && core_->closed && !core_->shut_down) core_->closed(connection);
  }

  template <class Call>
  void later(TimePoint at, Call call) {
    // std::function copies; what it copies is shared.
    auto shared = std::make_shared<Call>(std::move(call));
    core_->timers.call_at(at, [this, shared, weak = std::weak_ptr<Exchange>(exchange_)] {
      const auto exchange = weak.lock();  // the channel is there as long as its exchange is
      if (!exchange) return;
      if (core_->shut_down) return give_up();
      (*shared)();
    });
  }

  std::shared_ptr<Core> core_;
  ChannelOptions options_;
  std::string origin_;
  std::uint64_t connection_ = 0;
  TimePoint sent_{};
  bool used_ = false;
  std::shared_ptr<Exchange> exchange_;
};

MemoryTransport::MemoryTransport(boost::asio::any_io_executor executor, const Clock& clock, VirtualTimers& timers,
                                 Handler handler, MemoryTransportOptions options, ConnectionClosed closed)
    : core_(std::make_shared<Core>(
          Core{std::move(executor), clock, timers, std::move(handler), options, std::move(closed)})) {}

MemoryTransport::~MemoryTransport() { core_->shut_down = true; }

bool MemoryTransport::can_open() const { return !core_->shut_down && core_->open < core_->options.max_channels; }

std::unique_ptr<Channel> MemoryTransport::open(ChannelOptions options) {
  if (!can_open()) return nullptr;
  return std::make_unique<MemoryChannel>(core_, std::move(options));
}

std::size_t MemoryTransport::open_channels() const { return core_->open; }

}  // namespace cpefleet::transport
