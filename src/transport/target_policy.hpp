// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

// Whom the fleet may contact. A load generator pointed at the wrong host is an attack: loopback and private addresses
// are free, everything else needs its name in the list of allowed hosts (`--allow-host`).
namespace cpefleet::transport {

// IPv4 addresses, and IPv6 addresses that only wrap one (::ffff:a.b.c.d), have `v6 == false` and four bytes.
struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// Numeric forms only; IPv6 without brackets.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);
// Empty for families other than IPv4 and IPv6.
[[nodiscard]] std::optional<IpAddress> ip_of(const sockaddr* address);
[[nodiscard]] std::string to_string(const IpAddress& address);

// Loopback, RFC 1918, unique local (fc00::/7) or link-local. Not 0.0.0.0, not carrier-grade NAT (100.64.0.0/10: those
// are an operator's customers), not multicast.
[[nodiscard]] bool is_private(const IpAddress& address);

// The rule as a value; copies are cheap enough for one per shard. Thread: any, as long as nobody changes it.
struct TargetPolicy {
  std::vector<std::string> allowed_hosts;  // names or numeric addresses, any case

  // `host` is what the URL names, `address` where it leads.
  [[nodiscard]] bool allows(std::string_view host, const IpAddress& address) const;
  // What to tell the user about a refused target.
  [[nodiscard]] static std::string refusal(std::string_view host, const IpAddress& address);
};

// Asked before a socket is opened: may `host`, which leads to this address, be contacted? An empty one says what
// TargetPolicy{} does: private addresses only.
using TargetRule = std::function<bool(const sockaddr* address, std::string_view host)>;
[[nodiscard]] bool permits(const TargetRule& rule, const sockaddr* address, std::string_view host);

}  // namespace cpefleet::transport
