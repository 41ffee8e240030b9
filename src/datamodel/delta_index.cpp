// SPDX-License-Identifier: Apache-2.0
#include "datamodel/delta_index.hpp"

#include <algorithm>
#include <tuple>

namespace cpefleet::datamodel {
namespace {

bool comes_before(const DeltaIndex::Slot& a, const DeltaIndex::Slot& b) {
  return std::tie(a.key, a.kind) < std::tie(b.key, b.kind);
}

}  // namespace

void DeltaIndex::build(const Delta& delta) {
  drop();
  delta.for_each([this](const Delta::Entry& entry) {
    slots_.push_back({entry.key, entry.kind, entry.data});
    present_[entry.key.node / 64 % kWords] |= std::uint64_t{1} << (entry.key.node % 64);
  });
  std::sort(slots_.begin(), slots_.end(), comes_before);
  built_ = true;
}

void DeltaIndex::drop() {
  if (!built_) return;
  slots_.clear();
  present_.fill(0);
  built_ = false;
}

std::optional<std::string_view> DeltaIndex::find(Delta::Kind kind, const Key& key) const {
  if (!may_have(key.node)) return std::nullopt;
  const auto found = std::lower_bound(slots_.begin(), slots_.end(), Slot{key, kind, {}}, comes_before);
  if (found == slots_.end() || found->key != key || found->kind != kind) return std::nullopt;
  return found->data;
}

std::span<const DeltaIndex::Slot> DeltaIndex::of(NodeId node) const {
  if (!may_have(node)) return {};
  const auto [begin, end] = std::equal_range(slots_.begin(), slots_.end(), Slot{{node, {}}, {}, {}},
                                             [](const Slot& a, const Slot& b) { return a.key.node < b.key.node; });
  return {slots_.data() + (begin - slots_.begin()), static_cast<std::size_t>(end - begin)};
}

}  // namespace cpefleet::datamodel
