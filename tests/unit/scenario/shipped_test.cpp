// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <filesystem>

#include "scenario/load.hpp"
#include "scenario/starts.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;
using namespace std::chrono_literals;

namespace {

const std::string kRoot = CPEFLEET_SOURCE_DIR;

std::shared_ptr<const Plan> load_shipped(const std::string& file) {
  static profile::Loader loader({kRoot + "/profiles"});
  const World world = file_world(loader);
  Diagnostics diagnostics;
  auto plan = load_scenario(file, world, {}, diagnostics);
  INFO(diagnostics.text());
  REQUIRE(plan);
  return plan;
}

}  // namespace

TEST_SUITE("scenario.shipped") {
  TEST_CASE("every scenario that ships loads with the profiles that ship, without a warning") {
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kRoot + "/scenarios")) {
      if (entry.path().extension() != ".yaml") continue;
      ++found;
      CAPTURE(entry.path().string());
      const auto plan = load_shipped(entry.path().string());
      CHECK(plan->name == entry.path().stem().string());
      CHECK(plan->acs.builtin);
      CHECK_FALSE(plan->thresholds.empty());
      for (const std::string& warning : plan->warnings) FAIL_CHECK(warning);
      CHECK(profile::read_file(entry.path().string())->substr(0, 2) == "# ");
    }
    CHECK(found >= 3);
  }

  TEST_CASE("the quickstart takes about half a minute") {
    const auto plan = load_shipped(kRoot + "/scenarios/quickstart.yaml");
    CHECK(plan->devices() == 1000);
    const auto settle = timeline(*plan).back();
    REQUIRE(settle);
    CHECK(*settle > 20s);
    CHECK(*settle < 30s);
  }

  TEST_CASE("the evening blackout takes about three minutes") {
    const auto plan = load_shipped(kRoot + "/scenarios/evening-blackout.yaml");
    CHECK(plan->devices() == 2000);
    const auto settle = timeline(*plan).back();
    REQUIRE(settle);
    CHECK(*settle > 2min);
    CHECK(*settle < 3min);
  }
}
