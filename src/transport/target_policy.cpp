// SPDX-License-Identifier: Apache-2.0
#include "transport/target_policy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/text.hpp"

namespace cpefleet::transport {
namespace {

IpAddress from_v4(const in_addr& in) {
  IpAddress address;
  std::memcpy(address.bytes.data(), &in, sizeof in);
  return address;
}

IpAddress from_v6(const in6_addr& in) {
  IpAddress address;
  if (IN6_IS_ADDR_V4MAPPED(&in) != 0) {
    std::memcpy(address.bytes.data(), &in.s6_addr[12], 4);
    return address;
  }
  address.v6 = true;
  std::memcpy(address.bytes.data(), &in, sizeof in);
  return address;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  // inet_pton wants a terminated string; nothing longer than this is an address.
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  if (text.size() >= buffer.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), buffer.begin());
  in_addr v4{};
  if (inet_pton(AF_INET, buffer.data(), &v4) == 1) return from_v4(v4);
  in6_addr v6{};
  if (inet_pton(AF_INET6, buffer.data(), &v6) == 1) return from_v6(v6);
  return std::nullopt;
}

std::optional<IpAddress> ip_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    return from_v4(in.sin_addr);
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    return from_v6(in.sin6_addr);
  }
  return std::nullopt;
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), buffer.data(), buffer.size());
  return buffer.data();
}

bool is_private(const IpAddress& address) {
  const auto& b = address.bytes;
  if (address.v6) {
    if ((b[0] & 0xfe) == 0xfc) return true;                  // fc00::/7
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) return true;  // fe80::/10
    return std::all_of(b.begin(), b.end() - 1, [](std::uint8_t byte) { return byte == 0; }) && b[15] == 1;
  }
  return b[0] == 127 || b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
         (b[0] == 169 && b[1] == 254);
}

bool TargetPolicy::allows(std::string_view host, const IpAddress& address) const {
  if (is_private(address)) return true;
  return std::any_of(allowed_hosts.begin(), allowed_hosts.end(), [&](const std::string& allowed) {
    if (!allowed.empty() && equal_ignoring_case(allowed, host)) return true;
    const auto numeric = parse_ip(allowed);
    return numeric && *numeric == address;
  });
}

bool permits(const TargetRule& rule, const sockaddr* address, std::string_view host) {
  if (rule) return rule(address, host);
  const auto ip = ip_of(address);
  return ip && is_private(*ip);
}

std::string TargetPolicy::refusal(std::string_view host, const IpAddress& address) {
  const std::string text = to_string(address);
  if (host == text || host.empty()) {
    return fmt::format("{} is not a private address; --allow-host {} gives leave to contact it", text, text);
  }
  return fmt::format("{} leads to {}, which is not a private address; --allow-host {} gives leave to contact it", host,
                     text, host);
}

}  // namespace cpefleet::transport
