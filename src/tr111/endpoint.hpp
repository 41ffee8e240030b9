// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cpefleet::tr111 {

// A UDP address and port, as they stand in STUN messages.
struct Endpoint {
  enum class Family : std::uint8_t { none, ipv4, ipv6 };

  std::array<std::byte, 16> address{};  // network order; IPv4 in the first four, the others zero
  std::uint16_t port = 0;
  Family family = Family::none;

  [[nodiscard]] bool known() const { return family != Family::none; }
  // How many bytes of `address` count.
  [[nodiscard]] std::size_t size() const { return family == Family::ipv4 ? 4U : family == Family::ipv6 ? 16U : 0U; }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// A numeric address; nothing for a name or for IPv6 in brackets.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view address, std::uint16_t port);
// The address alone, IPv6 without brackets. Empty when it is not known.
[[nodiscard]] std::string address_text(const Endpoint& endpoint);
// host:port, IPv6 in brackets: the form of UDPConnectionRequestAddress. Empty when it is not known.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

}  // namespace cpefleet::tr111
