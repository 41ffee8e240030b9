// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace cpefleet::fleet {

// Where the devices of a group can be reached by connection requests in this run; what their ConnectionRequestURL says.
// Who listens there is the engine's business.
struct Reachable {
  enum class How : std::uint8_t {
    nowhere,     // nobody listens: the URL is what a real device's would be
    by_path,     // one place for all: /<position>-<hmac>
    by_address,  // each device has its LAN address here, and its own path
    by_port,     // each has a port of its own, from `port` on
  };
  How how = How::nowhere;
  std::string host;  // as others reach it; by_address: the device's own instead
  std::uint16_t port = 0;
  std::uint16_t udp_port = 0;  // of UDP connection requests; 0: nobody listens, a real device's
  std::string secret;          // the run's, of the paths
  std::uint64_t first = 0;     // the group's first device's position in the fleet
};

}  // namespace cpefleet::fleet
