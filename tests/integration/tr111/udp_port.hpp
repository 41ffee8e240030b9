// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "tr111/endpoint.hpp"

namespace cpefleet::tr111::test {

// A blocking UDP socket on an IPv4 address, in the network namespace of the thread that makes it.
class UdpPort {
 public:
  explicit UdpPort(const Endpoint& local);  // port 0: any
  UdpPort(UdpPort&& other) noexcept;
  UdpPort& operator=(UdpPort&&) = delete;
  ~UdpPort();

  struct Received {
    Endpoint from;
    std::vector<std::byte> datagram;
  };
  [[nodiscard]] Endpoint local() const;
  [[nodiscard]] int descriptor() const { return fd_; }
  void send(const Endpoint& to, std::span<const std::byte> datagram) const;
  [[nodiscard]] std::optional<Received> receive() const;  // what is there already

 private:
  int fd_;
};

// Until something is there to be received on one of them; false when nothing came.
[[nodiscard]] bool wait_for_any(std::span<const UdpPort* const> ports, std::chrono::milliseconds at_most);

[[nodiscard]] UdpPort loopback_port();

}  // namespace cpefleet::tr111::test
