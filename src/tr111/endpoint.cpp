// SPDX-License-Identifier: Apache-2.0
#include "tr111/endpoint.hpp"

#include <arpa/inet.h>

namespace cpefleet::tr111 {

std::optional<Endpoint> parse_endpoint(std::string_view address, std::uint16_t port) {
  const std::string text(address);
  Endpoint out;
  out.port = port;
  if (inet_pton(AF_INET, text.c_str(), out.address.data()) == 1) {
    out.family = Endpoint::Family::ipv4;
  } else if (inet_pton(AF_INET6, text.c_str(), out.address.data()) == 1) {
    out.family = Endpoint::Family::ipv6;
  } else {
    return std::nullopt;
  }
  if (text.size() != std::string_view(text.c_str()).size()) return std::nullopt;  // a NUL inside
  return out;
}

std::string address_text(const Endpoint& endpoint) {
  if (!endpoint.known()) return {};
  const int family = endpoint.family == Endpoint::Family::ipv4 ? AF_INET : AF_INET6;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family, endpoint.address.data(), text.data(), text.size()) == nullptr) return {};
  return text.data();
}

std::string to_string(const Endpoint& endpoint) {
  if (!endpoint.known()) return {};
  const bool v4 = endpoint.family == Endpoint::Family::ipv4;
  const std::string host = address_text(endpoint);
  return (v4 ? host : '[' + host + ']') + ':' + std::to_string(endpoint.port);
}

}  // namespace cpefleet::tr111
