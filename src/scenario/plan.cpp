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

namespace {

std::shared_ptr<Plan> copy_with_groups(const Plan& plan, const std::function<void(fleet::Group&)>& change) {
  auto out = std::make_shared<Plan>(plan);
  for (auto& planned : out->fleet) {
    auto group = std::make_shared<fleet::Group>(*planned.group);
    change(*group);
    planned.group = std::move(group);
  }
  return out;
}

}  // namespace

std::shared_ptr<const Plan> with_groups(const Plan& plan, const std::function<void(fleet::Group&)>& change) {
  return copy_with_groups(plan, change);
}

std::shared_ptr<const Plan> with_acs_url(const Plan& plan, const std::string& url) {
  const auto text = Template::compile(url);
  auto out = copy_with_groups(plan, [&](fleet::Group& group) {
    if (text) group.acs_url = *text;
  });
  out->acs.url = url;
  return out;
}

}  // namespace cpefleet::scenario
