// SPDX-License-Identifier: Apache-2.0
#include "state/mark.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"

namespace cpefleet::state {
namespace {

constexpr std::size_t kMaxShown = 3;

std::string_view line(const std::vector<std::string_view>& lines, std::size_t i) {
  return i < lines.size() && !lines[i].empty() ? lines[i] : "no further group";
}

}  // namespace

std::string FleetMark::text() const {
  std::string out = fmt::format("seed {}", seed);
  for (const auto& group : groups) {
    out += fmt::format("\ngroup {}: {} devices, profile {}, firmware {}", group.name, group.count, group.profile,
                       group.firmware);
    if (!group.devices.empty()) out += ", " + group.devices;
  }
  return out;
}

std::string difference(std::string_view in_file, std::string_view in_run) {
  const auto old_lines = split(in_file, '\n');
  const auto new_lines = split(in_run, '\n');
  std::string out;
  std::size_t differing = 0;
  for (std::size_t i = 0; i < std::max(old_lines.size(), new_lines.size()); ++i) {
    const auto was = line(old_lines, i);
    const auto is = line(new_lines, i);
    if (was == is) continue;
    if (++differing > kMaxShown) continue;
    if (!out.empty()) out += "; ";
    out += fmt::format("{} in the file, {} in this run", was, is);
  }
  if (differing > kMaxShown) out += fmt::format("; and {} more", differing - kMaxShown);
  return out;
}

}  // namespace cpefleet::state
