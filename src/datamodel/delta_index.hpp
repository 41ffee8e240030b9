// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "datamodel/delta.hpp"

namespace cpefleet::datamodel {

// A delta sorted for reading: a Model builds it at the first read and drops it at every write. Refers to the delta's text.
class DeltaIndex {
 public:
  struct Slot {
    Key key;
    Delta::Kind kind = Delta::Kind::value;
    std::string_view data;
  };

  void build(const Delta& delta);
  void drop();
  [[nodiscard]] bool built() const { return built_; }

  // False when there is certainly nothing of this node: spares most parameters of a walk the search.
  [[nodiscard]] bool may_have(NodeId node) const { return (present_[node / 64 % kWords] >> (node % 64) & 1U) != 0; }
  [[nodiscard]] std::optional<std::string_view> find(Delta::Kind kind, const Key& key) const;
  // Everything, ordered by key.
  [[nodiscard]] std::span<const Slot> all() const { return slots_; }
  // All entries of a node, ordered by instances.
  [[nodiscard]] std::span<const Slot> of(NodeId node) const;

 private:
  static constexpr std::size_t kWords = 16;
  std::vector<Slot> slots_;
  std::array<std::uint64_t, kWords> present_{};
  bool built_ = false;
};

}  // namespace cpefleet::datamodel
