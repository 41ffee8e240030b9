// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tr111/endpoint.hpp"

// Classic STUN (RFC 3489) as TR-069 Annex G (TR-111 part 2) uses it: Binding Requests out, their answers in. No magic
// cookie: an id is 128 bits of the client's own. Thread: any; nothing here keeps anything.
namespace cpefleet::tr111 {

using TransactionId = std::array<std::byte, 16>;
using Bytes = std::span<const std::byte>;

constexpr std::size_t kMaxStunUsername = 512;  // bytes; what is longer is cut when it is sent
constexpr std::size_t kMaxStunMessage = 1500;  // bytes; what is longer is nobody's answer

struct BindingRequest {
  TransactionId id{};
  bool connection_request_binding = false;   // CONNECTION-REQUEST-BINDING 0xC001
  bool binding_change = false;               // BINDING-CHANGE 0xC002
  Endpoint response_address;                 // RESPONSE-ADDRESS, when it is known
  std::string_view username;                 // USERNAME, when it is not empty
  std::optional<std::string_view> password;  // MESSAGE-INTEGRITY with this key
};

// Replaces what is in `out`, whose memory is used again.
void encode(const BindingRequest& request, std::vector<std::byte>& out);

struct BindingAnswer {
  TransactionId id{};
  std::uint16_t error = 0;  // ERROR-CODE of a Binding Error Response, 0 for a Binding Response
  Endpoint mapped;          // known in every Binding Response
};

// Nothing when it is no Binding Response with an address and no Binding Error Response with a code: another type, a
// length that is not that of the message, an attribute that runs over its end. XOR-MAPPED-ADDRESS counts only where
// there is no MAPPED-ADDRESS. Attributes that are not known are passed over; MESSAGE-INTEGRITY is not checked.
[[nodiscard]] std::optional<BindingAnswer> decode_binding_answer(Bytes datagram);

// The id of anything that has the size and the first bits of a STUN message, for whoever has to find its device.
[[nodiscard]] std::optional<TransactionId> stun_transaction(Bytes datagram);

}  // namespace cpefleet::tr111
