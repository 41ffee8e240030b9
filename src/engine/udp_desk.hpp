// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "device/udp_ports.hpp"
#include "engine/shard.hpp"

namespace cpefleet::engine {

class UdpRequests;

// One that came, with the device it is for.
struct UdpDatagram {
  static constexpr std::uint64_t kByName = UINT64_MAX;  // the one whose user name it has
  std::uint64_t position = 0;
  tr111::StunPort at = tr111::StunPort::primary;
  std::vector<std::byte> bytes;
};

// What comes to the UDP ports for one shard's devices, and what these send there. Owned by the shard. Thread: the shard.
class UdpDesk final : public device::UdpPorts {
 public:
  UdpDesk(Shard& shard, UdpRequests& requests);

  // A part of it at once, the rest when sessions have had their turn.
  void take(std::vector<UdpDatagram> batch);
  void server_known(std::uint64_t position);

  [[nodiscard]] std::uint32_t route(fleet::DeviceAt device) const override;
  [[nodiscard]] tr111::Endpoint stun_server(fleet::DeviceAt device, std::string_view host, std::uint16_t port) override;
  void send(fleet::DeviceAt device, tr111::StunPort from, const tr111::Endpoint& to, tr111::Bytes datagram) override;
  void findable(fleet::DeviceAt device, std::string_view username) override;
  void attempted(fleet::DeviceAt device, tr111::StunStep::Attempt how) override;

 private:
  void work();
  // How much work it was, in checks of a signature.
  std::size_t handle(const UdpDatagram& datagram);
  std::size_t find_by_name(std::string_view datagram);
  // Whether it was this device's, whatever became of it.
  bool offer(Shard::Slot& slot, std::string_view datagram, bool named);
  void count(const Shard::Slot& slot, std::string_view reason);
  void sort_names();

  Shard& shard_;
  UdpRequests& requests_;
  std::deque<UdpDatagram> waiting_;
  bool posted_ = false;
  // Hashes of user names with the devices that had them when they were written down; sorted up to sorted_.
  struct Name {
    std::uint32_t hash = 0;
    std::uint32_t place = 0;  // position / shards
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  std::vector<Name> names_;
  std::size_t sorted_ = 0;
};

}  // namespace cpefleet::engine
