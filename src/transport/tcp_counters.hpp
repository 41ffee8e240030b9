// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace cpefleet::transport {

// What one TCP connection has carried so far, by the kernel's count (TCP_INFO, tcp(7)).
struct TcpCounters {
  std::uint64_t received = 0;  // bytes of the stream
  std::uint64_t sent = 0;      // what was sent again counts again
  std::uint64_t segments_in = 0;
  std::uint64_t segments_out = 0;
  unsigned header_bytes = 0;  // of IP and TCP, in each segment
};

// All zero for what is no TCP socket.
[[nodiscard]] TcpCounters tcp_counters(int fd);

}  // namespace cpefleet::transport
