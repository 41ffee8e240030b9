// SPDX-License-Identifier: Apache-2.0
#include "engine/fleet_state.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace cpefleet::engine {
namespace {

constexpr std::array<std::string_view, 7> kPromises = {"SetParameterValuesResponse",
                                                       "SetParameterAttributesResponse",
                                                       "AddObjectResponse",
                                                       "DeleteObjectResponse",
                                                       "RebootResponse",
                                                       "FactoryResetResponse",
                                                       "ScheduleInformResponse"};

}  // namespace

bool is_promise(std::string_view message) {
  return std::find(kPromises.begin(), kPromises.end(), message) != kPromises.end();
}

state::FleetMark fleet_mark(const scenario::Plan& plan) {
  state::FleetMark mark;
  mark.seed = plan.seed;
  for (const auto& planned : plan.fleet) {
    const auto& group = *planned.group;
    state::FleetMark::Group of;
    of.name = group.name;
    of.count = group.count;
    of.profile = group.profile->name;
    for (const auto& [firmware, share] : group.firmware)
      of.firmware += fmt::format("{}{} {:g}%", of.firmware.empty() ? "" : ", ", firmware->version, share * 100);
    mark.groups.push_back(std::move(of));
  }
  return mark;
}

Result<std::unique_ptr<FleetState>> FleetState::open(const std::string& file, const scenario::Plan& plan) {
  auto store = state::Store::open(file, fleet_mark(plan));
  if (!store) return tl::unexpected<Error>(store.error());
  return std::unique_ptr<FleetState>(new FleetState(file, std::move(*store)));
}

Result<FleetState::Restored> FleetState::restore(const std::vector<Shard*>& shards) {
  Restored out;
  std::string wrong;
  const auto loaded = store_->load([&](state::Position position, std::string_view bytes) {
    if (!wrong.empty()) return;
    const auto& plan = shards.front()->plan();
    if (position.group >= plan.fleet.size() || position.index >= plan.fleet[position.group].group->count) {
      wrong = fmt::format("{}: a device of a group that this fleet has not; the file is damaged", file_);
      return;
    }
    const auto at = shards.front()->position(position.group, position.index);
    const auto dropped = shards[at % shards.size()]->restore(position.group, position.index, bytes);
    if (!dropped) {
      std::string id;
      fleet::append_device_id(plan.fleet[position.group].group->identity_of(position.index), id);
      wrong = fmt::format("{}: device {}: {}", file_, id, dropped.error().message());
      return;
    }
    ++out.devices;
    out.dropped += *dropped;
  });
  if (!loaded) return tl::unexpected<Error>(loaded.error());
  if (!wrong.empty()) return failure(std::move(wrong));
  return out;
}

}  // namespace cpefleet::engine
