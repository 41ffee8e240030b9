// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// Addresses of a fleet that live on this machine without standing on an interface (Linux "AnyIP").
namespace cpefleet::transport {

// Whether connections to a numeric address can arrive at this process: it is an interface's, or a local route covers it.
// Sends nothing.
[[nodiscard]] bool is_local_address(std::string_view address);

// The address of this machine from which a numeric address is reached, "" when it is not. Sends nothing.
[[nodiscard]] std::string source_address_towards(std::string_view address);

// What to run, as root, so that all addresses of a range (`10.20.0.0/15`, `2001:db8::/64`) are local ones.
[[nodiscard]] std::string local_route_command(std::string_view range);

}  // namespace cpefleet::transport
