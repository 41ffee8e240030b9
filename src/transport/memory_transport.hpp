// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "transport/transport.hpp"

namespace cpefleet::transport {

// Who makes things happen later in virtual time. Calls due at the same time are made in the order they were asked for.
class VirtualTimers {
 public:
  virtual ~VirtualTimers() = default;
  // `call` runs on the shard's thread, never inside call_at().
  virtual void call_at(TimePoint at, std::function<void()> call) = 0;
};

// What the wire would have carried.
struct MemoryRequest {
  std::uint64_t connection = 0;  // a new number for each connection
  std::string method;            // "POST"
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct MemoryReply {
  // refuse: the connection, if the request opened it, else as reset. truncate: half of the body, then the end.
  enum class Fate : std::uint8_t { answer, close_without_answer, reset, truncate, stall, refuse };
  Fate fate = Fate::answer;
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool close = false;  // after the reply
  Duration delay{};    // before it
};

struct MemoryTransportOptions {
  std::size_t max_channels = SIZE_MAX;
  Duration connect_time{};  // to open a connection
  Duration one_way{};       // for a request or a reply to arrive
};

// A device ↔ handler link in virtual time: no sockets, no threads, the same outcomes as CurlTransport has. What it
// cannot do it says: an https URL ends as `tls_failed`. It does not resolve names and does not judge targets, since
// nothing leaves the process.
// Lifetime: clock, timers and handler outlive it; channels may outlive it. Thread: the shard's. Exchanges support
// cancellation as those of CurlTransport.
class MemoryTransport final : public Transport {
 public:
  using Handler = std::function<MemoryReply(const MemoryRequest&)>;
  // Told once for each connection that is gone, whoever closed it.
  using ConnectionClosed = std::function<void(std::uint64_t connection)>;

  MemoryTransport(boost::asio::any_io_executor executor, const Clock& clock, VirtualTimers& timers, Handler handler,
                  MemoryTransportOptions options = {}, ConnectionClosed closed = {});
  MemoryTransport(const MemoryTransport&) = delete;
  MemoryTransport& operator=(const MemoryTransport&) = delete;
  ~MemoryTransport() override;

  [[nodiscard]] bool can_open() const override;
  [[nodiscard]] std::unique_ptr<Channel> open(ChannelOptions options) override;
  [[nodiscard]] std::size_t open_channels() const override;

 private:
  struct Core;
  struct Exchange;
  class MemoryChannel;
  std::shared_ptr<Core> core_;
};

}  // namespace cpefleet::transport
