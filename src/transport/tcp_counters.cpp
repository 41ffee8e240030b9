// SPDX-License-Identifier: Apache-2.0
#include "transport/tcp_counters.hpp"

#include <linux/tcp.h>  // the C library's netinet/tcp.h stops before the counters
#include <netinet/in.h>
#include <sys/socket.h>

namespace cpefleet::transport {
namespace {

constexpr unsigned kIpv4Header = 20;
constexpr unsigned kIpv6Header = 40;
constexpr unsigned kTcpHeader = 20;
constexpr unsigned kTimestamps = 12;  // RFC 7323 3.2, with its padding

}  // namespace

TcpCounters tcp_counters(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return {};
  int family = 0;
  socklen_t family_length = sizeof family;
  getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &family_length);
  TcpCounters out;
  out.received = info.tcpi_bytes_received;
  out.sent = info.tcpi_bytes_sent;
  out.segments_in = info.tcpi_segs_in;
  out.segments_out = info.tcpi_segs_out;
  out.header_bytes = (family == AF_INET6 ? kIpv6Header : kIpv4Header) + kTcpHeader;
  if ((info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0) out.header_bytes += kTimestamps;
  return out;
}

}  // namespace cpefleet::transport
