// SPDX-License-Identifier: Apache-2.0
#include "engine/fleet_state.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <functional>
#include <utility>

#include "base/hex.hpp"
#include "base/rng.hpp"

namespace cpefleet::engine {
namespace {

constexpr std::array<std::string_view, 13> kPromises = {"SetParameterValuesResponse",
                                                        "SetParameterAttributesResponse",
                                                        "AddObjectResponse",
                                                        "DeleteObjectResponse",
                                                        "RebootResponse",
                                                        "FactoryResetResponse",
                                                        "ScheduleInformResponse",
                                                        "DownloadResponse",
                                                        "UploadResponse",
                                                        "ScheduleDownloadResponse",
                                                        "CancelTransferResponse",
                                                        "TransferComplete",  // what is told of is not done once more
                                                        "AutonomousTransferComplete"};

// The first and the last device by name, and all that a table says: another template, pool or table makes others.
std::string devices_of(const fleet::Group& group) {
  std::string out;
  if (group.count == 0) return out;
  fleet::append_device_id(group.identity_of(0), out);
  if (group.count > 1) fleet::append_device_id(group.identity_of(group.count - 1), out += " to ");
  if (!group.csv) return out;
  std::uint64_t hash = 0;
  for (std::size_t row = 0; row < group.csv->rows(); ++row) {
    for (std::size_t column = 0; column < group.csv->columns().size(); ++column)
      hash = mix64(hash ^ std::hash<std::string_view>{}(group.csv->cell(row, column)));
  }
  return out + ", table " + to_hex(hash);
}

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
    of.devices = devices_of(group);
    mark.groups.push_back(std::move(of));
  }
  return mark;
}

Result<std::unique_ptr<FleetState>> FleetState::open(const std::string& file, const scenario::Plan& plan,
                                                     const std::string& secret) {
  auto store = state::Store::open(file, fleet_mark(plan), secret);
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
