// SPDX-License-Identifier: Apache-2.0
#include "engine/udp_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace cpefleet::engine {
namespace {

using tr111::Endpoint;
using Family = Endpoint::Family;

constexpr int kReceiveBuffer = 4 << 20;  // answers of a fleet that asked in one instant; the system's limit binds

// Room for one packet information of either family.
using Control = std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))>;

in6_addr to_v6(const Endpoint& endpoint) {
  in6_addr out{};
  if (endpoint.family == Family::ipv6) {
    std::memcpy(&out, endpoint.address.data(), sizeof out);
  } else {
    out.s6_addr[10] = out.s6_addr[11] = 0xff;
    std::memcpy(&out.s6_addr[12], endpoint.address.data(), 4);
  }
  return out;
}

Endpoint of_v4(const in_addr& address, std::uint16_t port) {
  Endpoint out;
  out.family = Family::ipv4;
  out.port = port;
  std::memcpy(out.address.data(), &address, sizeof address);
  return out;
}

Endpoint of_v6(const in6_addr& address, std::uint16_t port) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr v4{};
    std::memcpy(&v4, &address.s6_addr[12], sizeof v4);
    return of_v4(v4, port);
  }
  Endpoint out;
  out.family = Family::ipv6;
  out.port = port;
  std::memcpy(out.address.data(), &address, sizeof address);
  return out;
}

socklen_t to_system(const Endpoint& endpoint, bool v6, sockaddr_storage& out) {
  if (v6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    address.sin6_addr = to_v6(endpoint);
    std::memcpy(&out, &address, sizeof address);
    return sizeof address;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  std::memcpy(&address.sin_addr, endpoint.address.data(), sizeof address.sin_addr);
  std::memcpy(&out, &address, sizeof address);
  return sizeof address;
}

Endpoint from_system(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &from, sizeof address);
    return of_v6(address.sin6_addr, ntohs(address.sin6_port));
  }
  sockaddr_in address{};
  std::memcpy(&address, &from, sizeof address);
  return of_v4(address.sin_addr, ntohs(address.sin_port));
}

Endpoint destination_of(msghdr& message, std::uint16_t port) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(each), sizeof info);
      return of_v4(info.ipi_addr, port);
    }
    if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(each), sizeof info);
      return of_v6(info.ipi6_addr, port);
    }
  }
  return {};
}

template <class Info>
std::size_t put_source(msghdr& message, int level, int type, const Info& info) {
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
  return CMSG_SPACE(sizeof info);
}

}  // namespace

struct UdpSocket::Buffers {
  std::array<std::array<std::byte, kMostBytes>, kBatch> bytes;
  std::array<iovec, kBatch> vectors;
  std::array<sockaddr_storage, kBatch> from;
  alignas(cmsghdr) std::array<Control, kBatch> control;
  std::array<mmsghdr, kBatch> messages;
};

UdpSocket::UdpSocket(int fd, bool v6, bool v4) : fd_(fd), v6_(v6), v4_(v4), buffers_(std::make_unique<Buffers>()) {}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      v6_(other.v6_),
      v4_(other.v4_),
      port_(other.port_),
      buffers_(std::move(other.buffers_)) {}

UdpSocket::~UdpSocket() {
  if (fd_ >= 0) close(fd_);
}

Result<UdpSocket> UdpSocket::open(const std::string& address, std::uint16_t port) {
  const auto where = tr111::parse_endpoint(address, port);
  if (!where) return failure(fmt::format("{} is no numeric address", address));
  const bool v6 = where->family == Family::ipv6;
  const bool all_v6 = v6 && *where == *tr111::parse_endpoint("::", port);
  const auto failed = [&](const char* what) {
    return failure(fmt::format("UDP port {}: {}: {}", to_string(*where), what, std::strerror(errno)));
  };
  UdpSocket out(socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), v6, !v6 || all_v6);
  if (out.fd_ < 0) return failed("socket");
  const int yes = 1;
  const int v6_only = all_v6 ? 0 : 1;
  if (v6) setsockopt(out.fd_, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  const int informed = v6 ? setsockopt(out.fd_, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes)
                          : setsockopt(out.fd_, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
  if (informed != 0) return failed("setsockopt");
  setsockopt(out.fd_, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  sockaddr_storage storage{};
  socklen_t size = to_system(*where, v6, storage);
  if (bind(out.fd_, reinterpret_cast<const sockaddr*>(&storage), size) != 0) return failed("bind");
  if (getsockname(out.fd_, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return failed("getsockname");
  out.port_ = from_system(storage).port;
  return out;
}

bool UdpSocket::takes(const Endpoint& to) const { return to.family == Family::ipv4 ? v4_ : to.known() && v6_; }

void UdpSocket::receive(const std::function<void(const Received&)>& visit) {
  auto& b = *buffers_;
  for (std::size_t i = 0; i < kBatch; ++i) {
    b.vectors[i] = {b.bytes[i].data(), b.bytes[i].size()};
    b.messages[i] = {};
    auto& header = b.messages[i].msg_hdr;
    header.msg_name = &b.from[i];
    header.msg_namelen = sizeof b.from[i];
    header.msg_iov = &b.vectors[i];
    header.msg_iovlen = 1;
    header.msg_control = b.control[i].data();
    header.msg_controllen = b.control[i].size();
  }
  const int got = recvmmsg(fd_, b.messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < got; ++i) {
    const auto at = static_cast<std::size_t>(i);
    auto& message = b.messages[at];
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
    visit({from_system(b.from[at]), destination_of(message.msg_hdr, port_),
           std::span<const std::byte>(b.bytes[at]).first(message.msg_len)});
  }
}

bool UdpSocket::send(const Endpoint& source, const Endpoint& to, std::span<const std::byte> datagram) const {
  sockaddr_storage address{};
  iovec vector{const_cast<std::byte*>(datagram.data()), datagram.size()};  // sendmsg changes nothing
  alignas(cmsghdr) Control control{};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = to_system(to, v6_, address);
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (source.known()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (v6_) {
      in6_pktinfo info{};
      info.ipi6_addr = to_v6(source);
      message.msg_controllen = put_source(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
    } else {
      in_pktinfo info{};
      std::memcpy(&info.ipi_spec_dst, source.address.data(), sizeof info.ipi_spec_dst);
      message.msg_controllen = put_source(message, IPPROTO_IP, IP_PKTINFO, info);
    }
  }
  return sendmsg(fd_, &message, MSG_DONTWAIT) == static_cast<ssize_t>(datagram.size());
}

}  // namespace cpefleet::engine
