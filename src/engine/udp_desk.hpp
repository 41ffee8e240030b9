// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "device/udp_ports.hpp"
#include "engine/shard.hpp"
#include "engine/udp_names.hpp"

namespace cpefleet::engine {

class UdpRequests;

// One that came, with the device it is for.
struct UdpDatagram {
  static constexpr std::uint64_t kByName = UINT64_MAX;  // the one whose user name it has
  std::uint64_t position = 0;
  tr111::StunPort at = tr111::StunPort::primary;
  bool stun = false;  // else a request
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
  void stun_answer(const UdpDatagram& datagram);
  // How much work it was, in checks of a signature, `most` or little more; true when it is over, else it goes on later.
  bool request(const UdpDatagram& datagram, std::size_t most, std::size_t& checks);
  bool find_by_name(std::string_view datagram, std::size_t most, std::size_t& checks);
  // Whether it was this device's, whatever became of it.
  bool offer(Shard::Slot& slot, std::string_view datagram, bool named);
  // For what may have changed when the device is due, and its address, but nothing else that is kept over runs.
  template <class Call>
  void about_address(Shard::Slot& slot, const Call& call);
  // A copy of the request would start a session again after a kill of the process.
  void keep_time_stamp(Shard::Slot& slot);
  void count(const Shard::Slot& slot, std::string_view reason);

  Shard& shard_;
  UdpRequests& requests_;
  // Apart, so that neither waits for a flood of the other.
  std::deque<UdpDatagram> answers_;
  std::deque<UdpDatagram> asking_;
  bool posted_ = false;
  UdpNames names_;  // places are position / shards
  // Of the first in asking_, when it is found by its name: the devices it may be for, and how many were tried.
  std::vector<std::uint32_t> places_;
  std::size_t tried_ = 0;
};

}  // namespace cpefleet::engine
