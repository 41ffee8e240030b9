// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "fleet/lan_addresses.hpp"
#include "tr111/stun_client.hpp"

namespace cpefleet::device {

// The two UDP ports of each device (TR-069 Annex G), as the devices of a shard use them; the engine has them. Without any,
// as in simulated time, STUN does nothing. Thread: the shard.
class UdpPorts {
 public:
  virtual ~UdpPorts() = default;
  // What is in a device's transaction ids, so that the answers find it.
  [[nodiscard]] virtual std::uint32_t route(fleet::DeviceAt device) const = 0;
  // Not known when its name cannot be resolved or must not be contacted. One that is still being resolved is not known
  // either; Device::stun_server_known() is called when it is.
  [[nodiscard]] virtual tr111::Endpoint stun_server(fleet::DeviceAt device, std::string_view host,
                                                    std::uint16_t port) = 0;
  // May be lost, as any datagram.
  virtual void send(fleet::DeviceAt device, tr111::StunPort from, const tr111::Endpoint& to, tr111::Bytes datagram) = 0;
  // From now on the device is to be offered requests that have this user name.
  virtual void findable(fleet::DeviceAt device, std::string_view username) = 0;
  virtual void attempted(fleet::DeviceAt device, tr111::StunStep::Attempt how) = 0;

  tr111::StunStep step;  // the memory of every call's result
};

}  // namespace cpefleet::device
