// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "fleet/name_hash.hpp"
#include "scenario/loading.hpp"

// Looks at every device of the fleet. Of a million identities only a hash each is kept; what has equal hashes is
// compared in words.
namespace cpefleet::scenario {
namespace {

struct Hashed {
  std::uint64_t hash;
  std::uint32_t group;
  std::uint32_t index;
};

[[nodiscard]] std::string id_of(const fleet::Group& group, std::uint32_t index) {
  std::string id;
  fleet::append_device_id(group.identity_of(index), id);
  return id;
}
[[nodiscard]] std::string mac_of(const fleet::Group& group, std::uint32_t index) {
  return group.identity_of(index).mac;
}

struct Collision {
  const Hashed* first;
  const Hashed* second;
  std::uint64_t more = 0;
};

// Per pair of groups the first collision is told and the others are counted.
void report(std::vector<Hashed>& all, std::string_view what, std::string (*text)(const fleet::Group&, std::uint32_t),
            Loading& loading) {
  std::sort(all.begin(), all.end(), [](const Hashed& a, const Hashed& b) {
    return std::tie(a.hash, a.group, a.index) < std::tie(b.hash, b.group, b.index);
  });
  const auto value = [&](const Hashed& h) { return text(*loading.groups[h.group].group, h.index); };
  std::map<std::pair<std::uint32_t, std::uint32_t>, Collision> found;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const Hashed& a = all[i - 1];
    const Hashed& b = all[i];
    if (a.hash != b.hash) continue;
    auto [entry, fresh] = found.try_emplace({a.group, b.group}, Collision{&a, &b});
    if (!fresh) {
      ++entry->second.more;
      const auto place = std::tie(b.index, a.index);
      if (place < std::tie(entry->second.second->index, entry->second.first->index)) {
        entry->second.first = &a;
        entry->second.second = &b;
      }
    }
  }
  for (const auto& [groups, collision] : found) {
    const Hashed& a = *collision.first;
    const Hashed& b = *collision.second;
    if (value(a) != value(b)) continue;
    const std::string others =
        collision.more == 0 ? "" : fmt::format("; {} more between these groups", format_count(collision.more));
    loading.wrong(loading.groups[b.group].where,
                  fmt::format("{}[{}] and {}[{}] have the same {} {}{}", loading.groups[a.group].group->name, a.index,
                              loading.groups[b.group].group->name, b.index, what, value(a), others));
  }
}

[[nodiscard]] bool is_mac(std::string_view mac) {
  return mac.size() == 12 && mac.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

}  // namespace

void check_duplicates(Loading& loading) {
  std::vector<Hashed> ids;
  std::vector<Hashed> macs;
  std::string id;
  for (const GroupDraft& draft : loading.groups) {
    if (!draft.sound) continue;
    const fleet::Group& group = *draft.group;
    bool told = false;
    for (std::uint32_t i = 0; i < group.count; ++i) {
      const fleet::Identity identity = group.identity_of(i);
      if (!told && (!is_mac(identity.mac) || identity.serial.empty() || identity.oui.empty())) {
        told = true;
        const auto where = draft.identity_where.find("mac");
        loading.wrong(is_mac(identity.mac) || where == draft.identity_where.end() ? draft.where : where->second,
                      is_mac(identity.mac) ? fmt::format("{}[{}] has no serial number or no OUI", group.name, i)
                                           : fmt::format("the MAC address of {}[{}] is `{}`, not 12 hexadecimal digits",
                                                         group.name, i, identity.mac));
      }
      id.clear();
      fleet::append_device_id(identity, id);
      ids.push_back({fleet::name_hash(id), group.number, i});
      macs.push_back({fleet::name_hash(identity.mac), group.number, i});
    }
  }
  report(ids, "device id", id_of, loading);
  report(macs, "MAC address", mac_of, loading);
}

}  // namespace cpefleet::scenario
