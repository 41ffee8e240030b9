// SPDX-License-Identifier: Apache-2.0
#include "engine/director.hpp"

#include <doctest/doctest.h>

#include "simulated_fleet.hpp"

using namespace cpefleet;
using namespace cpefleet::engine;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const scenario::Plan> plan() {
  return test::plan_of(R"(
version: 1
name: phases
fleet: [ { group: desks, profile: gxp2170, count: 100, start: known } ]
phases:
  - { name: first, do: periodic, arrivals: { constant: 10/s }, for: 10s }
  - { name: beside, with: first, do: offline, for: 20s }
  - { name: settle, until: { metric: backlog, lt: 5% }, max: 30s }
  - { name: last, do: boot, arrivals: { spike: { over: 5s, shape: flat } } }
  - { name: fixed, at: 2s, do: periodic, arrivals: { constant: 1/s }, for: 1s }
)",
                       "http://127.0.0.1:7547/");
}

std::vector<std::string> names(const scenario::Plan& plan, const std::vector<Director::Command>& commands) {
  std::vector<std::string> out;
  out.reserve(commands.size());
  for (const auto& c : commands) out.push_back((c.begin ? "+" : "-") + plan.phases[c.phase].name);
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE_BEGIN("engine.director");

TEST_CASE("phases follow each other, run with each other, or at a time; until waits for backlog") {
  const auto what = plan();
  Director director(*what, TimePoint{});
  std::uint64_t waiting = 50;
  const auto backlog = [&](const scenario::Phase&) { return waiting; };
  const auto at = [&](Duration t) { return names(*what, director.tick(TimePoint{t}, backlog)); };
  CHECK(at(0s) == Names{"+first", "+beside"});
  CHECK(at(1s).empty());
  CHECK(at(1800ms) == Names{"+fixed"});
  CHECK(at(3s) == Names{"-fixed"});
  CHECK(at(10s) == Names{"-first"});
  CHECK(at(19800ms) == Names{"-beside", "+settle"});
  CHECK(at(20s).empty());
  CHECK(at(25s).empty());
  waiting = 4;
  CHECK(at(26s) == Names{"-settle", "+last"});
  CHECK_FALSE(director.states()[2].timed_out);
  CHECK_FALSE(director.finished());
  CHECK(at(31s) == Names{"-last"});
  CHECK(director.finished());
}

TEST_CASE("an until that does not come true ends at max and is marked") {
  const auto what = plan();
  Director director(*what, TimePoint{});
  const auto backlog = [](const scenario::Phase&) { return std::uint64_t{50}; };
  for (const auto t : std::vector<Duration>{0s, 2s, 3s, 10s, 20s, 49s})
    static_cast<void>(director.tick(TimePoint{t}, backlog));
  CHECK_FALSE(director.states()[2].ended);
  static_cast<void>(director.tick(TimePoint{50s}, backlog));
  CHECK(director.states()[2].ended);
  CHECK(director.states()[2].timed_out);
}

TEST_SUITE_END();
