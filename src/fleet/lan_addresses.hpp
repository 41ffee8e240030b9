// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fleet/group.hpp"

namespace cpefleet::fleet {

struct DeviceAt {
  std::uint32_t group = 0;  // its number in the fleet
  std::uint32_t index = 0;  // within the group
  friend bool operator==(const DeviceAt&, const DeviceAt&) = default;
};

// Says which device has a LAN address, by arithmetic: for groups whose `lan_ip` is one place of a pool and nothing else
// (`{pool.office}`), not overruled by a column of their CSV. Immutable once the groups are added, read from any thread.
class LanAddresses {
 public:
  // False when the addresses of this group do not follow from a pool; none of its devices is found then.
  bool add(const Group& group);
  // The pool they follow from; null for a group that add() would refuse.
  [[nodiscard]] static const AddressPool* pool_of(const Group& group);
  // Empty when no device has the address, and when several have it (a pool smaller than the fleet goes round).
  [[nodiscard]] std::optional<DeviceAt> device_at(std::string_view address) const;

 private:
  struct Stretch {
    AddressPool pool;
    std::uint64_t first = 0;  // the pool's index of the group's device 0
    std::uint32_t group = 0;
    std::uint32_t count = 0;
  };
  std::vector<Stretch> stretches_;
};

}  // namespace cpefleet::fleet
