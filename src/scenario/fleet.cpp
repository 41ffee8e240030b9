// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>

#include "fleet/mac_ranges.hpp"
#include "scenario/loading.hpp"

namespace cpefleet::scenario {

bool is_plain_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), plain);
}

void read_pools(const yaml::Node& node, Loading& loading) {
  if (!node.is_map()) {
    loading.wrong(node.where(), "`pools` must be a map of names to ranges such as { office: 10.20.0.0/15 }");
    return;
  }
  for (const auto& [key, value] : node.entries()) {
    if (!is_plain_name(key.text())) {
      loading.wrong(key.where(), "a name is made of letters, digits, `_`, `-` and `.`");
    }
    const std::string* text = yaml::scalar_text(value, "a pool", loading.diagnostics);
    Result<fleet::AddressPool> range = text == nullptr ? fleet::AddressPool() : fleet::AddressPool::parse(*text);
    if (!range) loading.wrong(value.where(), range.error().message());
    // A wrong one is kept by name, so that who uses it is not reported as well.
    loading.pools.push_back({key.text(), range ? *range : fleet::AddressPool(), key.where()});
  }
}

void read_fleet(const yaml::Node& node, Loading& loading) {
  if (!node.is_sequence() || node.size() == 0) {
    loading.wrong(node.where(), "`fleet` must be a list of groups, at least one");
    return;
  }
  for (const yaml::Node& item : node.items()) {
    GroupDraft draft = read_group(item, loading);
    draft.group->number = static_cast<std::uint32_t>(loading.groups.size());
    loading.groups.push_back(std::move(draft));
  }
}

namespace {

[[nodiscard]] bool uses_pool(const fleet::Group& group, const std::string& pool) {
  const std::string place = "pool." + pool;
  for (const std::string_view name : fleet::place_names()) {
    const auto inside = group.places_in(name);
    if (std::find(inside.begin(), inside.end(), place) != inside.end()) return true;
  }
  return false;
}

// Every group that uses a pool gets its own stretch of it, in the order of the file.
void deal_out(const PoolDraft& pool, Loading& loading) {
  std::uint64_t next = 0;
  std::vector<std::string> users;
  for (GroupDraft& draft : loading.groups) {
    fleet::Group& group = *draft.group;
    group.pools.emplace(pool.name, pool.range);
    group.pool_starts.emplace(pool.name, next);
    if (!uses_pool(group, pool.name)) continue;
    next += group.count;
    users.push_back(fmt::format("{} {}", group.name, format_count(group.count)));
  }
  const std::uint64_t capacity = pool.range.capacity();
  if (capacity != 0 && next > capacity) {
    loading.wrong(pool.where, fmt::format("pool `{}` has {} addresses for {} devices ({})", pool.name,
                                          format_count(capacity), format_count(next), fmt::join(users, ", ")));
  }
  if (users.empty()) loading.warn(fmt::format("pool `{}` is used by no group", pool.name));
}

}  // namespace

void finish_fleet(Loading& loading) {
  fleet::MacRanges macs;
  std::uint64_t devices = 0;
  for (GroupDraft& draft : loading.groups) {
    fleet::Group& group = *draft.group;
    group.seed = loading.plan.seed;
    group.strict = loading.plan.strict;
    group.tells_autonomous = loading.plan.acs.cwmp_1_1 || (group.profile && group.profile->cwmp_1_1);
    group.acs_url = loading.acs_url.text;
    group.acs_username = loading.acs_username.text;
    group.acs_password = loading.acs_password.text;
    group.pool_offset = devices;
    devices += group.count;
    const auto base = macs.reserve(group.name, group.count);
    if (!base) loading.wrong(draft.where, "more devices than there are MAC addresses of one vendor");
    group.mac_base = base.value_or(0);
  }
  for (const PoolDraft& pool : loading.pools) deal_out(pool, loading);
  check_places(loading);
  for (GroupDraft& draft : loading.groups) loading.plan.fleet.push_back({draft.group, draft.pace});
}

}  // namespace cpefleet::scenario
