// SPDX-License-Identifier: Apache-2.0
#include "transport/local_address.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstring>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cpefleet::transport {
namespace {

namespace ip = boost::asio::ip;

bool can_bind(const ip::address& address) {
  boost::system::error_code error;
  boost::asio::io_context io;
  const ip::tcp::endpoint any_port(address, 0);
  ip::tcp::socket socket(io);
  socket.open(any_port.protocol(), error);
  if (!error) socket.bind(any_port, error);
  return !error;
}

// rtnetlink(7): how the kernel would deliver to the address.
bool is_routed_locally(const ip::address_v6& address) {
  struct Message {
    nlmsghdr header;
    rtmsg route;
    rtattr attribute;
    std::array<unsigned char, 16> destination;
  } ask{};
  ask.header.nlmsg_len = sizeof ask;
  ask.header.nlmsg_type = RTM_GETROUTE;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.route.rtm_family = AF_INET6;
  ask.route.rtm_dst_len = 128;
  ask.attribute.rta_type = RTA_DST;
  ask.attribute.rta_len = RTA_LENGTH(sizeof ask.destination);
  ask.destination = address.to_bytes();
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return false;
  std::array<char, 4096> buffer{};
  // The kernel answers within send(): there is nothing to wait for.
  const bool sent = send(fd, &ask, sizeof ask, 0) == static_cast<long>(sizeof ask);
  const long got = sent ? recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) : -1;
  close(fd);
  if (got < static_cast<long>(NLMSG_LENGTH(sizeof(rtmsg)))) return false;
  nlmsghdr header{};
  rtmsg route{};
  std::memcpy(&header, buffer.data(), sizeof header);
  std::memcpy(&route, buffer.data() + NLMSG_HDRLEN, sizeof route);
  return header.nlmsg_type == RTM_NEWROUTE && route.rtm_type == RTN_LOCAL;
}

}  // namespace

bool is_local_address(std::string_view address) {
  boost::system::error_code error;
  const auto numeric = ip::make_address(std::string(address), error);
  if (error) return false;
  // A socket can be bound to an IPv4 address of a local route, but not to an IPv6 one: connections arrive nevertheless.
  return can_bind(numeric) || (numeric.is_v6() && is_routed_locally(numeric.to_v6()));
}

std::string local_route_command(std::string_view range) {
  const bool v6 = range.find(':') != std::string_view::npos;
  return fmt::format("ip {}route add local {} dev lo", v6 ? "-6 " : "", range);
}

std::string source_address_towards(std::string_view address) {
  boost::system::error_code error;
  const auto to = ip::make_address(address, error);
  if (error) return {};
  boost::asio::io_context io;
  ip::udp::socket socket(io);
  const ip::udp::endpoint there(to, 9);  // a datagram socket that connects only asks for the route
  socket.open(there.protocol(), error);
  if (!error) socket.connect(there, error);
  const auto here = error ? ip::udp::endpoint() : socket.local_endpoint(error);
  return error ? std::string() : here.address().to_string();
}

}  // namespace cpefleet::transport
