// SPDX-License-Identifier: Apache-2.0
#include "fleet/lan_addresses.hpp"

namespace cpefleet::fleet {
namespace {

// The pool that `{pool.NAME}` names; nullptr when the text is anything else.
const AddressPool* only_pool_of(const Group& group, std::uint64_t& first) {
  const auto text = group.identity.find("lan_ip");
  if (text == group.identity.end() || (group.csv && group.csv->column("lan_ip"))) return nullptr;
  for (const auto& [name, pool] : group.pools) {
    if (text->second.text() != "{pool." + name + "}" || pool.capacity() == 0) continue;
    const auto start = group.pool_starts.find(name);
    first = (start == group.pool_starts.end() ? group.pool_offset : start->second) % pool.capacity();
    return &pool;
  }
  return nullptr;
}

}  // namespace

const AddressPool* LanAddresses::pool_of(const Group& group) {
  std::uint64_t first = 0;
  return only_pool_of(group, first);
}

bool LanAddresses::add(const Group& group) {
  std::uint64_t first = 0;
  const AddressPool* pool = only_pool_of(group, first);
  if (pool != nullptr) stretches_.push_back({*pool, first, group.number, group.count});
  return pool != nullptr;
}

std::optional<DeviceAt> LanAddresses::device_at(std::string_view address) const {
  std::optional<DeviceAt> found;
  for (const Stretch& stretch : stretches_) {
    const auto place = stretch.pool.index_of(address);
    if (!place) continue;
    const std::uint64_t capacity = stretch.pool.capacity();
    const std::uint64_t index = *place >= stretch.first ? *place - stretch.first : *place + (capacity - stretch.first);
    if (index >= stretch.count) continue;
    if (found || stretch.count - index > capacity) return std::nullopt;
    found = DeviceAt{stretch.group, static_cast<std::uint32_t>(index)};
  }
  return found;
}

}  // namespace cpefleet::fleet
