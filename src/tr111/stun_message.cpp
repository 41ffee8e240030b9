// SPDX-License-Identifier: Apache-2.0
#include "tr111/stun_message.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace cpefleet::tr111 {
namespace {

constexpr std::size_t kHeader = 20;
constexpr std::size_t kIntegrity = 24;  // MESSAGE-INTEGRITY with its header
constexpr std::string_view kConnectionRequestBinding = "dslforum.org/TR-111 ";
// RFC 5389, section 15.2: what XOR-MAPPED-ADDRESS is mixed with, whatever the request had there.
constexpr std::array<std::byte, 4> kCookie{std::byte{0x21}, std::byte{0x12}, std::byte{0xa4}, std::byte{0x42}};

enum Type : std::uint16_t { kBindingRequest = 0x0001, kBindingResponse = 0x0101, kBindingErrorResponse = 0x0111 };

enum Attribute : std::uint16_t {
  kMappedAddress = 0x0001,
  kResponseAddress = 0x0002,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kXorMappedAddress = 0x0020,
  kConnectionRequestBindingAttribute = 0xc001,
  kBindingChange = 0xc002,
};

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // the representation is the same
}

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

constexpr std::size_t padded(std::size_t size, std::size_t to) { return (size + to - 1) / to * to; }

std::uint16_t u16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8 |
                                    std::to_integer<unsigned>(bytes[at + 1]));
}

void put(std::vector<std::byte>& out, std::size_t value) {
  out.push_back(static_cast<std::byte>(value >> 8 & 0xff));
  out.push_back(static_cast<std::byte>(value & 0xff));
}

void put(std::vector<std::byte>& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void put_length(std::vector<std::byte>& out, std::size_t size) {
  out[2] = static_cast<std::byte>(size >> 8 & 0xff);
  out[3] = static_cast<std::byte>(size & 0xff);
}

// The length counts the zeros: RFC 3489 pads values, not attributes (11.2.6).
void put_attribute(std::vector<std::byte>& out, Attribute type, Bytes value) {
  put(out, type);
  put(out, padded(value.size(), 4));
  put(out, value);
  out.resize(padded(out.size(), 4));
}

Bytes used(const Endpoint& endpoint) { return Bytes(endpoint.address).first(endpoint.size()); }

void put_address(std::vector<std::byte>& out, Attribute type, const Endpoint& endpoint) {
  put(out, type);
  put(out, 4 + endpoint.size());
  put(out, endpoint.family == Endpoint::Family::ipv4 ? 1 : 2);
  put(out, endpoint.port);
  put(out, used(endpoint));
}

Endpoint address_in(Bytes value) {
  Endpoint out;
  if (value.size() < 4) return out;
  const auto family = std::to_integer<unsigned>(value[1]);
  if (family == 1 && value.size() == 8) out.family = Endpoint::Family::ipv4;
  if (family == 2 && value.size() == 20) out.family = Endpoint::Family::ipv6;
  if (!out.known()) return out;
  out.port = u16(value, 2);
  std::copy_n(value.begin() + 4, out.size(), out.address.begin());
  return out;
}

// RFC 5389, section 15.2: an IPv6 address is mixed with the transaction id too.
Endpoint unmixed(Endpoint mixed, const TransactionId& id) {
  mixed.port = static_cast<std::uint16_t>(mixed.port ^ 0x2112);
  for (std::size_t i = 0; i < mixed.size(); ++i) mixed.address[i] ^= i < kCookie.size() ? kCookie[i] : id[i];
  return mixed;
}

// 0 for what is no error code.
std::uint16_t error_in(Bytes value) {
  if (value.size() < 4) return 0;
  const unsigned hundreds = std::to_integer<unsigned>(value[2]) & 7U;
  const auto rest = std::to_integer<unsigned>(value[3]);
  return hundreds == 0 || rest > 99 ? std::uint16_t{0} : static_cast<std::uint16_t>(hundreds * 100 + rest);
}

// Of the first attribute of a kind that can be read, only.
struct Found {
  Endpoint mapped;
  Endpoint xor_mapped;
  std::uint16_t error = 0;
};

// False when an attribute runs over the end.
bool read_attributes(Bytes rest, const TransactionId& id, Found& found) {
  while (!rest.empty()) {
    if (rest.size() < 4) return false;
    const std::uint16_t type = u16(rest, 0);
    const std::size_t length = u16(rest, 2);
    if (length > rest.size() - 4) return false;
    const Bytes value = rest.subspan(4, length);
    if (type == kMappedAddress && !found.mapped.known()) found.mapped = address_in(value);
    if (type == kXorMappedAddress && !found.xor_mapped.known()) found.xor_mapped = unmixed(address_in(value), id);
    if (type == kErrorCode && found.error == 0) found.error = error_in(value);
    // RFC 3489 has no padding behind a value, RFC 5389 has; the last value may lack it.
    rest = rest.subspan(std::min(4 + padded(length, 4), rest.size()));
  }
  return true;
}

}  // namespace

void encode(const BindingRequest& request, std::vector<std::byte>& out) {
  out.clear();
  put(out, kBindingRequest);
  put(out, std::size_t{0});
  put(out, Bytes(request.id));
  if (request.response_address.known()) put_address(out, kResponseAddress, request.response_address);
  if (request.connection_request_binding)
    put_attribute(out, kConnectionRequestBindingAttribute, bytes_of(kConnectionRequestBinding));
  if (request.binding_change) put_attribute(out, kBindingChange, {});
  if (!request.username.empty()) put_attribute(out, kUsername, bytes_of(request.username.substr(0, kMaxStunUsername)));
  put_length(out, out.size() - kHeader + (request.password ? kIntegrity : 0));
  if (!request.password) return;
  const std::size_t end = out.size();
  out.resize(padded(end, 64));  // RFC 3489, 11.2.8: zeros to a multiple of 64 belong to the text
  const auto digest = hmac_sha1(*request.password, text_of(out));
  out.resize(end);
  put_attribute(out, kMessageIntegrity, digest);
}

std::optional<TransactionId> stun_transaction(Bytes datagram) {
  if (datagram.size() < kHeader || datagram.size() > kMaxStunMessage) return std::nullopt;
  if (std::to_integer<unsigned>(datagram[0]) > 1) return std::nullopt;
  TransactionId id;
  std::copy_n(datagram.begin() + 4, id.size(), id.begin());
  return id;
}

std::optional<BindingAnswer> decode_binding_answer(Bytes datagram) {
  const auto id = stun_transaction(datagram);
  if (!id || u16(datagram, 2) != datagram.size() - kHeader) return std::nullopt;
  Found found;
  if (!read_attributes(datagram.subspan(kHeader), *id, found)) return std::nullopt;
  BindingAnswer answer;
  answer.id = *id;
  switch (u16(datagram, 0)) {
    case kBindingResponse:
      answer.mapped = found.mapped.known() ? found.mapped : found.xor_mapped;
      // Nobody can be reached at port 0.
      if (!answer.mapped.known() || answer.mapped.port == 0) return std::nullopt;
      return answer;
    case kBindingErrorResponse:
      answer.error = found.error;
      if (answer.error == 0) return std::nullopt;
      return answer;
    default: return std::nullopt;
  }
}

}  // namespace cpefleet::tr111
