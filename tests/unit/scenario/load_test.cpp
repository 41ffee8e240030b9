// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;
using namespace std::chrono_literals;

namespace {

// The example of the design, with everything that the language has.
constexpr std::string_view kEvening = R"(version: 1
name: evening-blackout
acs: { url: "${ACS_URL:-builtin}", username: "{oui}-{serial}", password: "${ACS_PASSWORD}", tls: { ca: ca.pem } }
seed: 42
fleet:
  - group: desks
    profile: gxp2170
    firmware: { 1.0.11.106: 70%, 1.0.11.35: 30% }
    count: 60000
    start: known                      # factory: first contact is 0 BOOTSTRAP (default)
    identity: { mac: "000B82{i:06x}", lan_ip: "{pool.office}" }
    pace: { rtt: 40ms, think: { default: 80ms, GetParameterValues: { median: 400ms, p99: 2s } }, bandwidth: 10MB/s }
  - { group: atas, profile: ht802, identity: { csv: atas.csv } }
pools: { office: 10.20.0.0/15 }
phases:
  - { name: enrol,  select: all,   do: boot,     arrivals: { once: { rate: 40/s } }, measured: false }
  - { name: steady, select: all,   do: periodic, arrivals: { constant: 150/s }, for: 5m }
  - { name: outage, select: desks, do: offline,  for: 2m }
  - { name: storm,  select: desks, do: boot,     arrivals: { spike: { over: 3m, shape: bell } } }
  - { name: settle, until: { metric: backlog, lt: 1% }, max: 20m }
thresholds:
  - { metric: session_duration, phase: storm, that: ["p99 < 4s", { is: "p50 < 800ms", abort: true, after: 30s }] }
  - { metric: sessions_failed, that: "share < 0.5%" }
  - { metric: sessions_dropped, that: "count == 0" }
limits: { in_flight: auto }
)";

FakeWorld evening_world() {
  FakeWorld fake;
  fake.variables["ACS_PASSWORD"] = "secret";
  fake.files["dir/ca.pem"] = "-----";
  fake.files["dir/atas.csv"] = "mac,serial\n000B82F00001,A1\n000B82F00002,A2\n";
  return fake;
}

}  // namespace

TEST_SUITE("scenario.load") {
  TEST_CASE("the whole language is read into a plan") {
    const FakeWorld fake = evening_world();
    const Loaded loaded(kEvening, fake);
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    const Plan& plan = *loaded.plan;
    CHECK(plan.name == "evening-blackout");
    CHECK(plan.file == "dir/s.yaml");
    CHECK(plan.seed == 42);
    CHECK(plan.acs.builtin);
    CHECK(plan.acs.tls.ca_file == "dir/ca.pem");
    CHECK(plan.devices() == 60'002);

    REQUIRE(plan.fleet.size() == 2);
    const fleet::Group& desks = *plan.fleet[0].group;
    CHECK(desks.start_known);
    CHECK(desks.seed == 42);
    REQUIRE(desks.firmware.size() == 2);
    CHECK(desks.firmware[0].firmware->version == "1.0.11.106");
    CHECK(desks.firmware[0].share == doctest::Approx(0.7));
    const fleet::Identity identity = desks.identity_of(255);
    CHECK(identity.mac == "000B820000FF");
    std::string text;
    desks.expand(*Template::compile("{lan_ip} {acs_username} {acs_password}"), 255, text);
    CHECK(text == "10.20.1.0 000B82-000b820000ff secret");
    CHECK(plan.fleet[1].group->identity_of(1).serial == "A2");
    CHECK_FALSE(plan.fleet[1].group->start_known);

    const Pace& pace = plan.fleet[0].pace;
    CHECK(pace.rtt == 40ms);
    CHECK(pace.think.median == 80ms);
    CHECK(pace.think.p99 == 80ms);
    REQUIRE(pace.think_for.size() == 1);
    CHECK(pace.think_for[0].first == "GetParameterValues");
    CHECK(pace.think_for[0].second.p99 == 2s);
    CHECK(pace.bandwidth == 10'000'000);
    CHECK(plan.fleet[1].pace.none());

    REQUIRE(plan.phases.size() == 5);
    CHECK_FALSE(plan.phases[0].measured);
    CHECK(plan.phases[0].groups == std::vector<std::uint32_t>{0, 1});
    CHECK(plan.phases[1].doing.what == Doing::What::periodic);
    CHECK(plan.phases[1].length == Duration(5min));
    CHECK(plan.phases[2].doing.what == Doing::What::offline);
    CHECK(plan.phases[2].groups == std::vector<std::uint32_t>{0});
    CHECK(std::get<load::Spike>(*plan.phases[3].arrivals).shape == load::Spike::Shape::bell);
    CHECK(plan.phases[4].doing.what == Doing::What::nothing);
    REQUIRE(plan.phases[4].until);
    CHECK(plan.phases[4].until->metric == metrics::Id::backlog);
    CHECK(plan.phases[4].until->condition.stat == metrics::Condition::Stat::share);
    CHECK(plan.phases[4].until->condition.bound == doctest::Approx(0.01));
    CHECK(plan.phases[4].max == Duration(20min));
    CHECK(plan.phases[3].devices(plan.fleet) == 60'000);

    REQUIRE(plan.thresholds.size() == 3);
    CHECK(plan.thresholds[0].filter.phase == 3);
    REQUIRE(plan.thresholds[0].conditions.size() == 2);
    CHECK_FALSE(plan.thresholds[0].conditions[0].abort);
    CHECK(plan.thresholds[0].conditions[1].abort);
    CHECK(plan.thresholds[0].conditions[1].after == 30s);
    CHECK_FALSE(plan.limits.in_flight);
    CHECK(plan.limits.rpcs_per_session == 1000);
  }

  TEST_CASE("the ACS from the environment is not the built-in one") {
    FakeWorld fake = evening_world();
    fake.variables["ACS_URL"] = "http://127.0.0.1:7547/acs";
    const Loaded loaded(kEvening, fake);
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    CHECK_FALSE(loaded.plan->acs.builtin);
    CHECK(loaded.plan->acs.url == "http://127.0.0.1:7547/acs");
    CHECK(loaded.plan->fleet[0].group->acs_url.text() == "http://127.0.0.1:7547/acs");
  }

  TEST_CASE("flags stand over what the file says") {
    Overrides overrides;
    overrides.acs_url = "https://acs.example/{serial}";
    overrides.acs_username = "u";
    overrides.acs_password = "p";
    overrides.tls_ca = "other.pem";
    overrides.tls_insecure = true;
    overrides.seed = 7;
    overrides.in_flight = 100;
    FakeWorld fake = evening_world();
    fake.variables["ACS_URL"] = "http://nobody";
    fake.files.erase("dir/ca.pem");
    const Loaded loaded(kEvening, fake, overrides);
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    CHECK(loaded.plan->acs.url == "https://acs.example/{serial}");
    CHECK(loaded.plan->acs.tls.ca_file == "other.pem");
    CHECK_FALSE(loaded.plan->acs.tls.verify);
    CHECK(loaded.plan->seed == 7);
    CHECK(loaded.plan->fleet[1].group->seed == 7);
    CHECK(loaded.plan->limits.in_flight == 100u);
    std::string user;
    loaded.plan->fleet[0].group->expand(*Template::compile("{acs_username}{acs_password}"), 0, user);
    CHECK(user == "up");
  }

  TEST_CASE("a scenario needs no more than a fleet and a phase") {
    const Loaded loaded(std::string(kFleet) + std::string(kPhases));
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    CHECK(loaded.plan->name == "s");
    CHECK(loaded.plan->seed == 1);
    CHECK(loaded.plan->acs.builtin);
    CHECK(loaded.plan->acs.tls.verify);
    CHECK(loaded.plan->fleet[0].group->firmware[0].firmware->version == "1.0.11.106");
    CHECK(loaded.plan->warnings.empty());
  }

  TEST_CASE("every mistake is reported at once, where it stands") {
    const Loaded loaded(R"(version: 2
nmae: x
acs: { url: "ftp://x", cwmp: 2.0, tls: { verify: perhaps } }
seed: -1
fleet:
  - { group: a b, profile: gxp2171, count: 0, start: new }
  - { group: ok, profile: gxp2170, count: 5, pace: { think: { Rebot: 1s } } }
  - { group: ok, profile: gxp2170, count: 5, firmware: { 1.0.11.35: 50%, 1.0.12: 20% } }
pools: { office: 10.20.0.1/15 }
phases:
  - { name: p, select: [ok, atas], do: bot, arrivals: { constant: 5 } }
thresholds:
  - { metric: session_durations, that: "p99 < 4s" }
limits: { in_flight: none, session_time: 0s }
)");
    CHECK_FALSE(loaded.plan);
    INFO(loaded.text());
    CHECK(loaded.says("version 1", 1));
    CHECK(loaded.says("no key `nmae` (did you mean \"name\"?)", 2, 1));
    CHECK(loaded.says("`url`", 3));
    CHECK(loaded.says("unknown word `2.0` (known: auto, 1.1)", 3));
    CHECK(loaded.says("true or false", 3));
    CHECK(loaded.says("`seed`", 4));
    CHECK(loaded.says("a name is made of letters", 6));
    CHECK(loaded.says("there is no profile `gxp2171` (did you mean \"gxp2170\"?)", 6));
    CHECK(loaded.says("must be from 1 to", 6));
    CHECK(loaded.says("unknown word `new`", 6));
    CHECK(loaded.says("no key `Rebot` (did you mean \"Reboot\"?)", 7));
    CHECK(loaded.says("there is a group `ok` already", 8));
    CHECK(loaded.says("gxp2170 has no firmware `1.0.12` (known: 1.0.11.35, 1.0.11.106)", 8));
    CHECK(loaded.says("add up to 70%", 8));
    CHECK(loaded.says("did you mean \"10.20.0.0/15\"", 9));
    CHECK(loaded.says("there is no group `atas`", 11));
    CHECK(loaded.says("unknown word `bot` (did you mean \"boot\"?)", 11));
    CHECK(loaded.says("`constant`: expected a rate", 11));
    CHECK(loaded.says("there is no metric `session_durations` (did you mean \"session_duration\"?)", 13));
    CHECK(loaded.says("`in_flight`", 14));
    CHECK(loaded.says("`session_time`: must be longer than 0", 14));
  }

  TEST_CASE("what is missing is said") {
    const Loaded loaded("version: 1\n");
    CHECK(loaded.says("needs `fleet`"));
    CHECK(loaded.says("needs `phases`"));
    CHECK(loaded.diagnostics.size() == 2);
    CHECK(Loaded("").says("the file is empty"));
    CHECK(Loaded("- 1\n").says("must be a map"));
    CHECK(Loaded("version: 1\nfleet: []\nphases: {}\n").diagnostics.size() == 2);
  }

  TEST_CASE("duplicate keys are a mistake") {
    const Loaded loaded(std::string(kFleet) + std::string(kPhases) + "seed: 1\nseed: 2\n");
    CHECK_FALSE(loaded.plan);
    CHECK(loaded.says("`seed` stands here again", 8));
  }

  TEST_CASE("steps are refused where they stand, and nothing is missed because of them") {
    const Loaded loaded("version: 1\nname: x\ndevice: { profile: gxp2170 }\nsteps:\n  - do: boot\n");
    CHECK_FALSE(loaded.plan);
    CHECK(loaded.says("steps are not supported by this version", 3));
    CHECK(loaded.says("steps are not supported by this version", 5));
    CHECK(loaded.diagnostics.size() == 2);
  }

  TEST_CASE("limits are read") {
    const Loaded loaded(std::string(kFleet) + std::string(kPhases) +
                        "limits: { in_flight: 5k, rpcs_per_session: 20, session_time: 1m, message_size: 1MB, "
                        "connect_timeout: 5s, response_timeout: 6s, max_lag: 2s }\n");
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    const Limits& limits = loaded.plan->limits;
    CHECK(limits.in_flight == 5000u);
    CHECK(limits.rpcs_per_session == 20);
    CHECK(limits.session_time == 1min);
    CHECK(limits.message_size == 1'000'000);
    CHECK(limits.connect_timeout == 5s);
    CHECK(limits.response_timeout == 6s);
    CHECK(limits.max_lag == 2s);
    const Loaded wrong(std::string(kFleet) + std::string(kPhases) +
                       "limits: { in_flight: 0, rpcs_per_session: 0, message_size: 1 }\n");
    CHECK(wrong.diagnostics.size() == 3);
  }

  TEST_CASE("a secret does not get into the message about it") {
    const Loaded loaded(std::string(kFleet) + std::string(kPhases) + "acs: { password: \"hunter2{\" }\n");
    CHECK_FALSE(loaded.plan);
    CHECK(loaded.says("{{", 7));
    CHECK(loaded.text().find("hunter2") == std::string::npos);
  }

  TEST_CASE("a file that cannot be read is said by name") {
    Diagnostics diagnostics;
    const FakeWorld fake;
    CHECK_FALSE(load_scenario("nowhere.yaml", fake.world(), {}, diagnostics));
    CHECK(diagnostics.text() == "nowhere.yaml: the file cannot be read\n");
    const Loaded loaded(std::string(kFleet) + std::string(kPhases) + "acs: { tls: { ca: /etc/no.pem } }\n");
    CHECK(loaded.says("/etc/no.pem cannot be read", 7));
  }

  TEST_CASE("values of the wrong shape anywhere end in messages") {
    for (const std::string section :
         {"acs", "seed", "strict", "fleet", "pools", "phases", "thresholds", "limits", "name", "version"}) {
      for (const std::string value :
           {"5", "[]", "[1]", "[[1]]", "{}", "{a: b}", "[{}]", "[{a: [b]}]", "~", "\"\"",
            "[{name: [x], metric: {}, group: {}, do: [], arrivals: [], until: 1, that: 1}]"}) {
        CAPTURE(section);
        CAPTURE(value);
        const Loaded loaded(section + ": " + value + "\n");
        CHECK_FALSE(loaded.plan);
        CHECK_FALSE(loaded.diagnostics.empty());
      }
    }
  }
}
