// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "base/url.hpp"
#include "journal/cause.hpp"
#include "journal/journal.hpp"

// Moves bytes and headers, knows nothing of CWMP. Two implementations: CurlTransport on real sockets, MemoryTransport
// for virtual time. Thread: the shard that owns it.
namespace cpefleet::transport {

struct Header {
  std::string name;
  std::string value;
};

// One POST. Views stay valid until the exchange is over.
struct Request {
  const Url* url = nullptr;
  std::string_view body;  // "" for the empty POST: neither SOAPAction nor Content-Type (H-5)
  bool envelope = true;   // false for the empty POST
  std::string_view user_agent;
  std::string_view authorization;      // "" for none
  std::string_view cookie;             // "" for none
  bool ends_session_if_empty = false;  // an empty answer is the session's last: the connection may close with it
  const std::vector<std::string>* extra_headers = nullptr;  // whole lines; may be null
};

struct Reply {
  int status = 0;
  std::vector<Header> headers;  // those the channel was told to keep
  std::string body;
  bool connection_closed = false;
  bool reopened = false;                 // this exchange opened a new connection, not being the channel's first
  std::optional<Duration> connected_in;  // when it opened one: how long TCP and TLS took
};

struct Failed {
  Cause cause = Cause::connect_failed;
  std::string detail;  // for people: what, to which address, errno text
};

using Outcome = std::variant<Reply, Failed>;

struct ChannelOptions {
  // Whose connection this is: for its client certificate and its TLS sessions. Without it there are neither.
  std::optional<journal::DeviceRef> device;
  std::string source_address;  // local address to bind; "" for the system's choice
  Duration connect_timeout = std::chrono::seconds{30};
  Duration response_timeout = std::chrono::seconds{60};  // at least 30 s (H-11) unless the scenario says otherwise
  std::uint64_t message_size = 32u << 20;                // a longer body fails with Cause::message_too_big
  bool (*wants_header)(std::string_view) = nullptr;      // null keeps all
};

// The connection of one session: one TCP connection, reopened only after the ACS closed it cleanly, never shared with
// another session. Destroying it closes the connection. A channel has at most one exchange under way.
class Channel {
 public:
  virtual ~Channel() = default;
  [[nodiscard]] virtual boost::asio::awaitable<Outcome> post(Request request) = 0;
  // The exchange under way, if any, ends soon (not from within this call) as Failed{Cause::aborted}.
  virtual void cancel() = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Whether a channel is to be had now (descriptors, in-flight limit); a start that finds none is dropped.
  [[nodiscard]] virtual bool can_open() const = 0;
  // Never null while can_open().
  [[nodiscard]] virtual std::unique_ptr<Channel> open(ChannelOptions options) = 0;
  [[nodiscard]] virtual std::size_t open_channels() const = 0;
};

}  // namespace cpefleet::transport
