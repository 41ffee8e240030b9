// SPDX-License-Identifier: Apache-2.0
#include "support/stun_peer.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace cpefleet::test {
namespace {

using Datagram = std::span<const std::byte>;

unsigned number(Datagram bytes, std::size_t at, std::size_t size) {
  unsigned out = 0;
  for (std::size_t i = 0; i < size; ++i) out = out * 256 + std::to_integer<unsigned>(bytes[at + i]);
  return out;
}

std::string text(Datagram bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::optional<tr111::Endpoint> endpoint(Datagram value) {
  tr111::Endpoint out;
  if (value.size() == 8 && number(value, 0, 2) == 1) {
    out.family = tr111::Endpoint::Family::ipv4;
  } else if (value.size() == 20 && number(value, 0, 2) == 2) {
    out.family = tr111::Endpoint::Family::ipv6;
  } else {
    return std::nullopt;
  }
  out.port = static_cast<std::uint16_t>(number(value, 2, 2));
  std::copy(value.begin() + 4, value.end(), out.address.begin());
  return out;
}

bool take(StunRequest& request, unsigned type, Datagram value) {
  request.attributes.push_back(static_cast<std::uint16_t>(type));
  switch (type) {
    case 0xc001: request.connection_request_binding = true; return text(value) == "dslforum.org/TR-111 ";
    case 0xc002: request.binding_change = true; return value.empty();
    case 0x0006: request.username = text(value); return !value.empty();
    case 0x0002: request.response_address = endpoint(value); return request.response_address.has_value();
    case 0x0008: request.integrity = true; return value.size() == 20;
    default: return false;
  }
}

void append(std::vector<std::byte>& out, unsigned value) {
  out.push_back(static_cast<std::byte>(value / 256));
  out.push_back(static_cast<std::byte>(value % 256));
}

}  // namespace

std::optional<StunRequest> read_stun_request(Datagram datagram) {
  if (datagram.size() < 20 || number(datagram, 0, 2) != 1 || number(datagram, 2, 2) + 20 != datagram.size())
    return std::nullopt;
  StunRequest out;
  std::copy_n(datagram.begin() + 4, 16, out.id.begin());
  std::size_t at = 20;
  while (at < datagram.size()) {
    if (out.integrity || datagram.size() - at < 4) return std::nullopt;
    const unsigned type = number(datagram, at, 2);
    const std::size_t size = number(datagram, at + 2, 2);
    if (size % 4 != 0 || size > datagram.size() - at - 4) return std::nullopt;
    if (!take(out, type, datagram.subspan(at + 4, size))) return std::nullopt;
    at += 4 + size;
  }
  return out;
}

bool integrity_holds(Datagram datagram, std::string_view password) {
  const auto request = read_stun_request(datagram);
  if (!request || !request->integrity) return false;
  std::string signed_text = text(datagram.first(datagram.size() - 24));
  while (signed_text.size() % 64 != 0) signed_text += '\0';
  const auto digest = hmac_sha1(password, signed_text);
  return std::equal(digest.begin(), digest.end(), datagram.end() - 20, datagram.end());
}

std::vector<std::byte> stun_attribute(std::uint16_t type, Datagram value) {
  std::vector<std::byte> out;
  append(out, type);
  append(out, static_cast<unsigned>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

std::vector<std::byte> stun_address(const tr111::Endpoint& endpoint) {
  std::vector<std::byte> out;
  append(out, endpoint.size() == 4 ? 1 : 2);
  append(out, endpoint.port);
  out.insert(out.end(), endpoint.address.begin(),
             endpoint.address.begin() + static_cast<std::ptrdiff_t>(endpoint.size()));
  return out;
}

std::vector<std::byte> stun_message(std::uint16_t type, const tr111::TransactionId& id,
                                    const std::vector<std::vector<std::byte>>& attributes) {
  std::size_t size = 0;
  for (const auto& attribute : attributes) size += attribute.size();
  std::vector<std::byte> out;
  append(out, type);
  append(out, static_cast<unsigned>(size));
  out.insert(out.end(), id.begin(), id.end());
  for (const auto& attribute : attributes) out.insert(out.end(), attribute.begin(), attribute.end());
  return out;
}

std::vector<std::byte> stun_response(const tr111::TransactionId& id, const tr111::Endpoint& mapped) {
  return stun_message(0x0101, id, {stun_attribute(0x0001, stun_address(mapped))});
}

std::vector<std::byte> stun_error(const tr111::TransactionId& id, unsigned code) {
  std::vector<std::byte> value(4);
  value[2] = static_cast<std::byte>(code / 100);
  value[3] = static_cast<std::byte>(code % 100);
  return stun_message(0x0111, id, {stun_attribute(0x0009, value)});
}

}  // namespace cpefleet::test
