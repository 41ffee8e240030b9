// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connreq/digest_guard.hpp"
#include "engine/shard.hpp"
#include "transport/http_server.hpp"

namespace cpefleet::engine {

// Answers the connection requests of one shard's devices (TR-069 3.2.2) and has their sessions started.
// Owned by the shard. Thread: the shard.
class RequestDesk {
 public:
  RequestDesk(Shard& shard, std::string secret);

  struct Request {
    std::uint64_t position = 0;  // of the device, one of this shard's
    std::string method;
    std::string target;
    std::string authorization;
  };
  [[nodiscard]] transport::ServerReply answer(const Request& request);
  // One that was authenticated: has its session started, now or behind the one under way. What became of it: "accepted",
  // "queued" or "throttled".
  [[nodiscard]] std::string_view admit(Shard::Slot& slot);

 private:
  Shard& shard_;
  connreq::DigestGuard guard_;
};

}  // namespace cpefleet::engine
