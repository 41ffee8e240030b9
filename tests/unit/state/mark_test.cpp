// SPDX-License-Identifier: Apache-2.0
#include "state/mark.hpp"

#include <doctest/doctest.h>

using cpefleet::state::difference;
using cpefleet::state::FleetMark;

namespace {

FleetMark mark() { return {1, {{"desks", 100, "gxp2170", "1.0.11.48 100%"}, {"atas", 5, "ht802", "1.0.1 100%"}}}; }

}  // namespace

TEST_CASE("equal fleets have equal marks") {
  CHECK(mark().text() == mark().text());
  CHECK(difference(mark().text(), mark().text()).empty());
}

TEST_CASE("whatever makes a device another one makes the mark another, and the difference names it") {
  auto other = mark();
  SUBCASE("seed") {
    other.seed = 2;
    CHECK(difference(mark().text(), other.text()) == "seed 1 in the file, seed 2 in this run");
  }
  SUBCASE("count") {
    other.groups[0].count = 200;
    CHECK(difference(mark().text(), other.text()) ==
          "group desks: 100 devices, profile gxp2170, firmware 1.0.11.48 100% in the file, "
          "group desks: 200 devices, profile gxp2170, firmware 1.0.11.48 100% in this run");
  }
  SUBCASE("profile") { other.groups[1].profile = "ht812"; }
  SUBCASE("firmware") { other.groups[1].firmware = "1.0.1 50%, 1.0.2 50%"; }
  SUBCASE("name") { other.groups[1].name = "bases"; }
  SUBCASE("order") { std::swap(other.groups[0], other.groups[1]); }
  SUBCASE("a group more") {
    other.groups.push_back({"bases", 1, "dp752", "1 100%"});
    CHECK(difference(mark().text(), other.text()) ==
          "no further group in the file, group bases: 1 devices, profile dp752, firmware 1 100% in this run");
  }
  SUBCASE("a group less") {
    other.groups.pop_back();
    CHECK(difference(mark().text(), other.text()).find("no further group in this run") != std::string::npos);
  }
  CHECK_FALSE(difference(mark().text(), other.text()).empty());
}

TEST_CASE("of many differences a few are shown") {
  FleetMark many{1, {}};
  for (int i = 0; i < 50; ++i) many.groups.push_back({"g", 1, "p", "f"});
  CHECK(difference(FleetMark{1, {}}.text(), many.text()).ends_with("; and 47 more"));
}
