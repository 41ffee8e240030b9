// SPDX-License-Identifier: Apache-2.0
#include "integration/tr111/udp_port.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace cpefleet::tr111::test {
namespace {

sockaddr_in to_system(const Endpoint& endpoint) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(endpoint.port);
  std::memcpy(&out.sin_addr, endpoint.address.data(), sizeof out.sin_addr);
  return out;
}

Endpoint from_system(const sockaddr_in& address) {
  Endpoint out;
  out.family = Endpoint::Family::ipv4;
  out.port = ntohs(address.sin_port);
  std::memcpy(out.address.data(), &address.sin_addr, sizeof address.sin_addr);
  return out;
}

}  // namespace

UdpPort::UdpPort(const Endpoint& local) : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  REQUIRE(fd_ >= 0);
  const sockaddr_in address = to_system(local);
  // The socket interface takes every family's address through sockaddr.
  const int bound = bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  REQUIRE_MESSAGE(bound == 0, "bind to " << to_string(local) << ": " << std::strerror(errno));
}

UdpPort::UdpPort(UdpPort&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

UdpPort::~UdpPort() {
  if (fd_ >= 0) close(fd_);
}

Endpoint UdpPort::local() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  REQUIRE(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return from_system(address);
}

void UdpPort::send(const Endpoint& to, std::span<const std::byte> datagram) const {
  const sockaddr_in address = to_system(to);
  // A refusal that came back for an earlier datagram is told here; this one is sent the second time.
  for (int i = 0; i < 2; ++i) {
    const auto sent =
        sendto(fd_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (sent == static_cast<ssize_t>(datagram.size())) return;
  }
  FAIL("cannot send to " << to_string(to) << ": " << std::strerror(errno));
}

std::optional<UdpPort::Received> UdpPort::receive() const {
  std::array<std::byte, 2048> buffer{};
  sockaddr_in address{};
  socklen_t size = sizeof address;
  const auto got =
      recvfrom(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&address), &size);
  if (got < 0) return std::nullopt;
  return Received{from_system(address), {buffer.begin(), buffer.begin() + got}};
}

bool wait_for_any(std::span<const UdpPort* const> ports, std::chrono::milliseconds at_most) {
  std::vector<pollfd> waiting;
  for (const UdpPort* port : ports) waiting.push_back({port->descriptor(), POLLIN, 0});
  return poll(waiting.data(), waiting.size(), static_cast<int>(at_most.count())) > 0;
}

UdpPort loopback_port() { return UdpPort(parse_endpoint("127.0.0.1", 0).value()); }

}  // namespace cpefleet::tr111::test
