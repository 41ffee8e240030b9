// SPDX-License-Identifier: Apache-2.0
#include "scenario/starts.hpp"

#include <doctest/doctest.h>
#include <set>

#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const Plan> plan_of(const std::string& phases, std::uint64_t seed = 1) {
  Overrides overrides;
  overrides.seed = seed;
  const Loaded loaded(with_phases(phases), {}, overrides);
  REQUIRE_MESSAGE(loaded.plan, loaded.text());
  return loaded.plan;
}

using Pair = std::pair<std::uint32_t, std::uint32_t>;

std::vector<Pair> order(const Plan& plan, std::size_t phase) {
  const PhaseStarts starts(plan, phase);
  std::vector<Pair> all;
  for (std::uint64_t k = 0; k < starts.total(); ++k) all.emplace_back(starts.at(k)->group, starts.at(k)->index);
  return all;
}

constexpr const char* kOnce = "  - { name: a, do: boot, arrivals: { once: { rate: 10/s } } }\n";

}  // namespace

TEST_SUITE("scenario.starts") {
  TEST_CASE("once visits every device of the selection exactly once") {
    const auto plan = plan_of(kOnce);
    const auto all = order(*plan, 0);
    CHECK(all.size() == 150);
    CHECK(std::set<Pair>(all.begin(), all.end()).size() == 150);
    for (const auto& [group, index] : all) CHECK(index < plan->fleet[group].group->count);
    const PhaseStarts starts(*plan, 0);
    CHECK(starts.at(0)->offset == Duration{});
    CHECK(starts.at(20)->offset == 2s);
    CHECK(starts.before(2s) == 20);
    CHECK_FALSE(starts.at(150));
  }

  TEST_CASE("a selection of one group numbers its devices from 0") {
    const auto plan = plan_of("  - { name: a, select: atas, do: boot, arrivals: { once: { rate: 10/s } } }\n");
    std::set<std::uint32_t> seen;
    for (const auto& [group, index] : order(*plan, 0)) {
      CHECK(group == 1);
      seen.insert(index);
    }
    CHECK(seen.size() == 50);
    CHECK(*seen.rbegin() == 49);
  }

  TEST_CASE("the order hangs on the seed and the phase, and on nothing else") {
    const std::string twice = std::string(kOnce) + "  - { name: b, do: boot, arrivals: { once: { rate: 10/s } } }\n";
    CHECK(order(*plan_of(twice), 0) == order(*plan_of(kOnce), 0));
    CHECK(order(*plan_of(twice), 0) != order(*plan_of(twice), 1));
    CHECK(order(*plan_of(kOnce, 1), 0) != order(*plan_of(kOnce, 2), 0));
  }

  TEST_CASE("a rate that is through begins again in the same order") {
    const auto plan = plan_of("  - { name: a, do: boot, arrivals: { constant: 10/s }, for: 20s }\n");
    const auto all = order(*plan, 0);
    REQUIRE(all.size() == 200);
    CHECK(all[0] == all[150]);
    CHECK(all[49] == all[199]);
  }

  TEST_CASE("a phase without arrivals has no starts") {
    const auto plan = plan_of("  - { name: a, for: 1m }\n");
    CHECK(PhaseStarts(*plan, 0).total() == 0);
    CHECK_FALSE(PhaseStarts(*plan, 0).at(0));
    CHECK(PhaseStarts(*plan, 0).before(1h) == 0);
  }

  TEST_CASE("phases follow each other") {
    const auto plan = plan_of(std::string(kOnce) + "  - { name: b, for: 1m }\n  - { name: c, for: 1m }\n");
    const auto starts = timeline(*plan);
    CHECK(starts[0] == Duration{});
    CHECK(starts[1] == Duration(14900ms));  // the last of 150 starts at 10/s
    CHECK(starts[2] == Duration(74900ms));
    CHECK(planned_end(*plan) == Duration(134900ms));
  }

  TEST_CASE("at and with place a phase, and the next waits for the one before with its company") {
    const auto plan = plan_of(
        "  - { name: a, for: 10m }\n"
        "  - { name: b, for: 1m, at: 5m }\n"
        "  - { name: c, for: 3m, with: b }\n"
        "  - { name: d, for: 2m, with: c }\n"
        "  - { name: e, for: 1m }\n");
    const auto starts = timeline(*plan);
    CHECK(starts[1] == Duration(5min));
    CHECK(starts[2] == Duration(5min));
    CHECK(starts[3] == Duration(5min));
    CHECK(starts[4] == Duration(8min));
    CHECK(predecessors(*plan, 4) == std::vector<std::uint32_t>{1, 2, 3});
    CHECK(predecessors(*plan, 2).empty());
    CHECK(predecessors(*plan, 0).empty());
    CHECK(planned_end(*plan) == Duration(10min));
  }

  TEST_CASE("after an until nothing is known beforehand, but for at") {
    const auto plan = plan_of(
        "  - { name: a, for: 1m }\n"
        "  - { name: b, until: { metric: backlog, lt: 1% }, max: 5m }\n"
        "  - { name: c, for: 1m }\n"
        "  - { name: d, for: 1m, with: c }\n"
        "  - { name: e, for: 1m, at: 20m }\n"
        "  - { name: f, for: 1m }\n");
    const auto starts = timeline(*plan);
    CHECK(starts[1] == Duration(1min));
    CHECK_FALSE(starts[2]);
    CHECK_FALSE(starts[3]);
    CHECK(starts[4] == Duration(20min));
    CHECK(starts[5] == Duration(21min));
    CHECK_FALSE(planned_end(*plan));
  }

  TEST_CASE("arrivals under until are planned as far as max") {
    const auto plan = plan_of(
        "  - { name: a, do: boot, arrivals: { constant: 1/s }, until: { metric: backlog, gt: 50% }, max: 30s }\n");
    CHECK(PhaseStarts(*plan, 0).total() == 30);
  }
}
