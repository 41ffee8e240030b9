// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tr111/endpoint.hpp"
#include "tr111/stun_message.hpp"

// The server's half of classic STUN, written apart from the client's so that it does not repeat a misreading.
namespace cpefleet::test {

struct StunRequest {
  tr111::TransactionId id{};
  bool connection_request_binding = false;
  bool binding_change = false;
  std::optional<std::string> username;  // with the zeros it is padded with
  std::optional<tr111::Endpoint> response_address;
  bool integrity = false;
  std::vector<std::uint16_t> attributes;  // in their order
};

// Nothing for whatever is no exact RFC 3489 Binding Request: every length a multiple of four, MESSAGE-INTEGRITY last.
[[nodiscard]] std::optional<StunRequest> read_stun_request(std::span<const std::byte> datagram);
// MESSAGE-INTEGRITY is there and made with this password.
[[nodiscard]] bool integrity_holds(std::span<const std::byte> datagram, std::string_view password);

[[nodiscard]] std::vector<std::byte> stun_attribute(std::uint16_t type, std::span<const std::byte> value);
[[nodiscard]] std::vector<std::byte> stun_address(const tr111::Endpoint& endpoint);  // the value of MAPPED-ADDRESS
[[nodiscard]] std::vector<std::byte> stun_message(std::uint16_t type, const tr111::TransactionId& id,
                                                  const std::vector<std::vector<std::byte>>& attributes);
[[nodiscard]] std::vector<std::byte> stun_response(const tr111::TransactionId& id, const tr111::Endpoint& mapped);
[[nodiscard]] std::vector<std::byte> stun_error(const tr111::TransactionId& id, unsigned code);

}  // namespace cpefleet::test
