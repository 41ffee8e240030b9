// SPDX-License-Identifier: Apache-2.0
#include "provision/host_port.hpp"

#include <array>

#include "base/text.hpp"

namespace cpefleet::provision {

HostPort split_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {std::string(text), {}};
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const bool plain = host.find(':') == std::string_view::npos;
  if (!parse_uint(port) || (!bracketed && !plain)) return {std::string(text), {}};
  if (bracketed) host = host.substr(1, host.size() - 2);
  return {std::string(host), std::string(port)};
}

std::string join_host_port(const HostPort& value, std::string_view usual) {
  const bool says = !value.port.empty() && value.port != usual;
  const HostPort bare{value.host, {}};
  if (!says && split_host_port(value.host) == bare) return value.host;
  const auto port = value.port.empty() ? std::string(usual) : value.port;
  const HostPort whole{value.host, port};
  for (auto text : std::array{value.host + ':' + port, '[' + value.host + "]:" + port}) {
    if (split_host_port(text) == whole) return text;
  }
  return value.host;
}

}  // namespace cpefleet::provision
