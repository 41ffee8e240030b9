// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "tr111/endpoint.hpp"

namespace cpefleet::engine {

// A UDP port for many devices: says to which local address a datagram came, and sends from any. One on an IPv6 address
// has IPv4 too where the address is "::". send() is for any thread, the others for one.
class UdpSocket {
 public:
  static constexpr std::size_t kBatch = 64;
  static constexpr std::size_t kMostBytes = 4096;  // what is longer is dropped

  // A numeric address; port 0: any free one.
  [[nodiscard]] static Result<UdpSocket> open(const std::string& address, std::uint16_t port);
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&&) = delete;
  ~UdpSocket();

  [[nodiscard]] int descriptor() const { return fd_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] bool takes(const tr111::Endpoint& to) const;  // of a family it has

  struct Received {
    tr111::Endpoint from;
    tr111::Endpoint to;                   // its port is this one
    std::span<const std::byte> datagram;  // valid during the call
  };
  // What is there already, a batch at most.
  void receive(const std::function<void(const Received&)>& visit);
  // `source`: the address to send from, its port is ignored; the system's choice when it is not known. False when it
  // could not be sent; that is a lost datagram.
  bool send(const tr111::Endpoint& source, const tr111::Endpoint& to, std::span<const std::byte> datagram) const;

 private:
  struct Buffers;
  UdpSocket(int fd, bool v6, bool v4);
  int fd_;
  bool v6_;  // an IPv6 socket
  bool v4_;  // that has IPv4, or an IPv4 socket
  std::uint16_t port_ = 0;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace cpefleet::engine
