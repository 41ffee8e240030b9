// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cpefleet::state {

// What a fleet must have in common with the one a state file was made for, so that position (group, index) is the same
// device again: everything its identity and firmware are drawn from.
struct FleetMark {
  struct Group {
    std::string name;
    std::uint64_t count = 0;
    std::string profile;
    std::string firmware;      // versions and shares: "1.0.11.48 70%, 1.0.11.6 30%"
    std::string devices = {};  // who they are, in short: "000B82-GXP2170-000b82740055 to ..."
  };
  std::uint64_t seed = 0;
  std::vector<Group> groups;  // in the order of their numbers

  // One line each; stands in the file.
  [[nodiscard]] std::string text() const;
};

// For people: "seed 1 in the file, seed 2 in this run; ..."; "" when the texts are equal.
[[nodiscard]] std::string difference(std::string_view in_file, std::string_view in_run);

}  // namespace cpefleet::state
