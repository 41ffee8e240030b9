// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>

#include "transport/http_server.hpp"

namespace cpefleet::transport {

// Between a server, which may go, and whoever still owes it replies, on whatever thread.
struct ServerGate {
  std::mutex mutex;
  boost::asio::io_context* io = nullptr;  // the server's; nullptr once it is gone
};

// Where the reply to one request arrives.
struct ReplySlot {
  explicit ReplySlot(std::shared_ptr<ServerGate> at) : gate(std::move(at)) {}

  std::shared_ptr<ServerGate> gate;
  std::atomic<bool> given = false;
  // Thread of these: the io_context's.
  std::optional<ServerReply> reply;
  boost::asio::steady_timer* waiting = nullptr;  // cancelled when the reply is there
};

}  // namespace cpefleet::transport
