// SPDX-License-Identifier: Apache-2.0
#include "scenario/plan.hpp"

#include <numeric>

namespace cpefleet::scenario {

std::uint64_t Phase::devices(const std::vector<GroupPlan>& fleet) const {
  return std::accumulate(groups.begin(), groups.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, std::uint32_t group) { return sum + fleet[group].group->count; });
}

std::uint64_t Plan::devices() const {
  return std::accumulate(fleet.begin(), fleet.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const GroupPlan& group) { return sum + group.group->count; });
}

std::shared_ptr<const Plan> with_acs_url(const Plan& plan, const std::string& url) {
  auto out = std::make_shared<Plan>(plan);
  out->acs.url = url;
  const auto text = Template::compile(url);
  for (auto& planned : out->fleet) {
    auto group = std::make_shared<fleet::Group>(*planned.group);
    if (text) group->acs_url = *text;
    planned.group = std::move(group);
  }
  return out;
}

}  // namespace cpefleet::scenario
