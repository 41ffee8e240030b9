// SPDX-License-Identifier: Apache-2.0
#include "fleet/mac_ranges.hpp"

#include <algorithm>

#include "fleet/name_hash.hpp"

namespace cpefleet::fleet {
namespace {

constexpr std::uint32_t kFirst = 1u << 20;
constexpr std::uint32_t kEnd = 1u << 24;

}  // namespace

std::optional<std::uint32_t> MacRanges::reserve(std::string_view group, std::uint32_t count) {
  if (count == 0) return kFirst;
  const auto wish = static_cast<std::uint32_t>(kFirst + name_hash(group) % (kEnd - kFirst));
  std::optional<std::uint32_t> base = first_free(wish, kEnd, count);
  if (!base) base = first_free(kFirst, kEnd, count);
  if (!base) base = first_free(0, kEnd, count);
  if (base) taken_[*base] = *base + count;
  return base;
}

std::optional<std::uint32_t> MacRanges::first_free(std::uint32_t from, std::uint32_t to, std::uint32_t count) const {
  std::uint32_t candidate = from;
  for (const auto& [first, end] : taken_) {
    if (end <= candidate) continue;
    if (first >= candidate && first - candidate >= count) break;
    candidate = std::max(candidate, end);
  }
  if (candidate >= to || to - candidate < count) return std::nullopt;
  return candidate;
}

}  // namespace cpefleet::fleet
