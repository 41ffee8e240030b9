// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "cwmp/messages.hpp"

namespace cpefleet::device {

// The standard's single events, as bits (V-1, V-3).
enum class SingleEvent : std::uint16_t {
  bootstrap = 1u << 0,
  boot = 1u << 1,
  periodic = 1u << 2,
  scheduled = 1u << 3,
  value_change = 1u << 4,
  kicked = 1u << 5,
  connection_request = 1u << 6,
  transfer_complete = 1u << 7,
  diagnostics_complete = 1u << 8,
  request_download = 1u << 9,
  autonomous_transfer_complete = 1u << 10,
};

// The undelivered events of one device (TR-069 3.7.1.5). Those of the Inform under way stand apart from those that
// arose since, so that nothing that happens during a session is lost or sent too early (S-14). 16 bytes while only
// standard single events are in it.
class EventQueue {
 public:
  void add(SingleEvent event);
  // An M event with its key, or a vendor's. Single events of the standard given by code go where they belong.
  void add(std::string_view code, std::string_view command_key = {});
  // 0 BOOTSTRAP discards every other undelivered event at the moment it arises (V-6).
  void bootstrap();

  [[nodiscard]] bool empty() const;  // nothing waits for a session (what is in flight not counted)
  // Moves everything into the Inform: in ascending order of codes, M and X behind (V-2, V-11).
  [[nodiscard]] std::vector<cwmp::Event> take();
  void delivered();  // InformResponse came (V-4)
  void failed();     // it did not: back into the queue but for 6 CONNECTION REQUEST (V-5, V-10)
  // A restart: 1, 4, 6 and 8 go, 0, 2, 3, 7, 10 and all M stay (V-5).
  void rebooted();
  void clear();
  [[nodiscard]] bool has(SingleEvent event) const;  // waiting or in flight

  // For a device that is kept over runs: all that no InformResponse is known for, but 6 CONNECTION REQUEST (V-10).
  struct Undelivered {
    std::uint16_t single = 0;        // bit n is event code n
    std::vector<cwmp::Event> named;  // M and vendor events, oldest first
  };
  [[nodiscard]] Undelivered undelivered() const;
  void restore(Undelivered events);

  [[nodiscard]] std::size_t heap_bytes() const;

 private:
  struct Many {
    std::vector<cwmp::Event> waiting;
    std::vector<cwmp::Event> in_flight;
  };
  Many& many();
  std::uint16_t waiting_ = 0;
  std::uint16_t in_flight_ = 0;
  std::unique_ptr<Many> many_;
};

}  // namespace cpefleet::device
