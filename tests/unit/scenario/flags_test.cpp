// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scenario/starts.hpp"
#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;
using namespace std::chrono_literals;

namespace {

struct FromFlags {
  Diagnostics diagnostics;
  std::shared_ptr<const Plan> plan;
  explicit FromFlags(const FlagsForm& flags, const Overrides& overrides = {}) {
    const FakeWorld fake;
    plan = plan_from_flags(flags, fake.world(), overrides, diagnostics);
  }
};

}  // namespace

TEST_SUITE("scenario.flags") {
  TEST_CASE("a rate and a duration are a constant rate") {
    FlagsForm flags;
    flags.profile = "gxp2170";
    flags.firmware = "1.0.11.35";
    flags.count = "1k";
    flags.rate = "50/s";
    flags.duration = "5m";
    flags.start_known = true;
    Overrides overrides;
    overrides.acs_url = "http://127.0.0.1:7547/";
    const FromFlags made(flags, overrides);
    REQUIRE_MESSAGE(made.plan, made.diagnostics.text());
    CHECK(made.plan->name == "gxp2170");
    CHECK(made.plan->devices() == 1000);
    CHECK(made.plan->fleet[0].group->firmware[0].firmware->version == "1.0.11.35");
    CHECK(made.plan->fleet[0].group->start_known);
    CHECK(made.plan->acs.url == "http://127.0.0.1:7547/");
    REQUIRE(made.plan->phases.size() == 1);
    CHECK(made.plan->phases[0].doing.what == Doing::What::boot);
    CHECK(std::get<load::Constant>(*made.plan->phases[0].arrivals).rate == Rate{50});
    CHECK(planned_end(*made.plan) == Duration(5min));
    CHECK(made.plan->thresholds.empty());
  }

  TEST_CASE("without a duration every device has its turn") {
    FlagsForm flags;
    flags.profile = "ht802";
    flags.count = "200";
    const FromFlags made(flags);
    REQUIRE_MESSAGE(made.plan, made.diagnostics.text());
    CHECK(std::get<load::Once>(*made.plan->phases[0].arrivals).rate == Rate{100});
    CHECK(PhaseStarts(*made.plan, 0).total() == 200);
    CHECK(made.plan->acs.builtin);
  }

  TEST_CASE("mistakes are told by flag") {
    FlagsForm flags;
    flags.profile = "gpx2170";
    flags.count = "many";
    flags.rate = "50";
    flags.duration = "5 minutes";
    const FromFlags made(flags);
    CHECK_FALSE(made.plan);
    const std::string text = made.diagnostics.text();
    INFO(text);
    CHECK(text.find("--profile: there is no profile `gpx2170` (did you mean \"gxp2170\"?)") != std::string::npos);
    CHECK(text.find("--count: expected ") != std::string::npos);
    CHECK(text.find("--rate: expected ") != std::string::npos);
    CHECK(text.find("--duration: expected ") != std::string::npos);
    CHECK(made.diagnostics.size() == 4);
  }

  TEST_CASE("what stands in a flag cannot become more than a value") {
    FlagsForm flags;
    flags.count = "1";
    for (const std::string profile : {"\" }\nseed: 5", "a\\", "${HOME}", "*x", "{}", "\x01\x04", "gxp2170\n"}) {
      CAPTURE(profile);
      flags.profile = profile;
      const FromFlags made(flags);
      CHECK_FALSE(made.plan);
      REQUIRE(made.diagnostics.size() == 1);
      CHECK(made.diagnostics.list()[0].where.file == "--profile");
      CHECK(made.diagnostics.list()[0].message.find(profile) != std::string::npos);
    }
  }
}
