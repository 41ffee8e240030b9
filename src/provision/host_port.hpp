// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cpefleet::provision {

// One text for an address and its port: "host", "host:5060", "[::1]:5060". An address with colons and no brackets has no
// port behind it.
struct HostPort {
  std::string host;
  std::string port;  // digits; "" when the text has none
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

[[nodiscard]] HostPort split_host_port(std::string_view text);
// The shortest text that is taken apart to these two again; `usual` is the port that goes without saying.
[[nodiscard]] std::string join_host_port(const HostPort& value, std::string_view usual);

}  // namespace cpefleet::provision
