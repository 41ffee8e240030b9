// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;

TEST_SUITE("scenario.fleet") {
  TEST_CASE("one firmware by its version, kept as it is written") {
    FakeWorld fake;
    fake.add("gxp1630", {"1.0.10", "1.0.1"});
    const Loaded loaded(with_fleet("  - { group: a, profile: gxp1630, count: 5, firmware: 1.0.10 }\n"), fake);
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    CHECK(loaded.plan->fleet[0].group->firmware_of(3).version == "1.0.10");
  }

  TEST_CASE("firmware that is no share or no version is refused") {
    const auto firmware = [](const std::string& text) {
      return Loaded(with_fleet("  - { group: a, profile: gxp2170, count: 5, firmware: " + text + " }\n"));
    };
    CHECK(firmware("1.0.11.3").says("no firmware `1.0.11.3`", 3));
    CHECK(firmware("[1.0.11.35]").says("must be a version", 3));
    CHECK(firmware("{}").says("names no version", 3));
    CHECK(firmware("{ 1.0.11.35: most }").says("expected a share", 3));
    CHECK(firmware("{ 1.0.11.35: 60%, 1.0.11.106: 60% }").says("add up to 120%", 3));
    CHECK(firmware("{ 1.0.11.35: 0.5, 1.0.11.106: 50% }").diagnostics.empty());
  }

  TEST_CASE("pools are dealt out to the groups that use them") {
    const Loaded loaded(
        with_fleet("  - { group: a, profile: gxp2170, count: 5, identity: { lan_ip: \"{pool.p}\" } }\n"
                   "  - { group: b, profile: gxp2170, count: 5 }\n"
                   "  - { group: c, profile: gxp2170, count: 4, identity: { lan_ip: \"{pool.p}\" } }\n") +
        "pools: { p: 192.168.0.0/28, q: 10.0.0.0/8 }\n");
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    std::string out;
    loaded.plan->fleet[2].group->expand(*Template::compile("{lan_ip}"), 0, out);
    CHECK(out == "192.168.0.6");
    CHECK(loaded.warns("pool `q` is used by no group"));
  }

  TEST_CASE("a pool that is too small is refused with its users") {
    const Loaded loaded(
        with_fleet("  - { group: a, profile: gxp2170, count: 10, identity: { lan_ip: \"{pool.p}\" } }\n"
                   "  - { group: c, profile: gxp2170, count: 5, identity: { serial: \"{pool.p}\" } }\n") +
        "pools: { p: 192.168.0.0/28 }\n");
    CHECK(loaded.says("pool `p` has 14 addresses for 15 devices (a 10, c 5)", 7));
  }

  TEST_CASE("pools that are no ranges or no map are refused") {
    CHECK(Loaded(with_fleet("  - { group: a, profile: ht802, count: 1 }\n") + "pools: [x]\n").says("must be a map", 6));
    CHECK(Loaded(with_fleet("  - { group: a, profile: ht802, count: 1 }\n") + "pools: { \"a b\": 1.0.0.0/8 }\n")
              .says("a name is made of", 6));
    const Loaded wrong(with_fleet("  - { group: a, profile: ht802, count: 9, identity: { lan_ip: \"{pool.p}\" } }\n") +
                       "pools: { p: 300.0.0.0/8 }\n");
    CHECK(wrong.diagnostics.size() == 1);  // and not that it is too small for anybody
  }

  TEST_CASE("places that nobody knows are refused with the nearest one") {
    const auto identity = [](const std::string& text) {
      return Loaded(with_fleet("  - { group: a, profile: gxp2170, count: 5, identity: { " + text + " } }\n") +
                    "pools: { office: 10.0.0.0/8 }\n");
    };
    CHECK(identity("serial: \"{mca}\"").says("`serial`: {mca} is unknown (did you mean \"mac\"?)", 3));
    CHECK(identity("lan_ip: \"{pool.ofice}\"").says("did you mean \"pool.office\"?", 3));
    CHECK(identity("serial: \"{csv.serial}\"").says("{csv.serial} is unknown", 3));
    CHECK(identity("serial: \"{mac\"").says("without", 3));
    CHECK(identity("mack: x").says("no key `mack` (did you mean \"mac\"?)", 3));
    CHECK(identity("software_version: x").says("no key `software_version`", 3));
  }

  TEST_CASE("an identity that refers to itself is refused") {
    const Loaded loaded(with_fleet(
        "  - { group: a, profile: gxp2170, count: 5, identity: { mac: \"{serial}\" } }\n"));  // serial: {mac}
    CHECK(loaded.says("`mac` refers to itself", 3));
    CHECK(loaded.says("serial of profile gxp2170 refers to itself", 3));
    const Loaded acs(std::string(kFleet) + std::string(kPhases) +
                     "acs: { username: \"{acs_password}\", password: \"{acs_username}\" }\n");
    CHECK(acs.says("`username`: refers to itself", 7));
  }

  TEST_CASE("a URL with places is looked at for a device") {
    CHECK(Loaded(std::string(kFleet) + std::string(kPhases) + "acs: { url: \"http://{serial}.example:x/\" }\n")
              .says("(group desks)", 7));
    CHECK(Loaded(std::string(kFleet) + std::string(kPhases) + "acs: { url: \"http://127.0.0.1/{sreial}\" }\n")
              .says("{sreial} is unknown (did you mean \"serial\"?)", 7));
    CHECK(Loaded(std::string(kFleet) + std::string(kPhases) + "acs: { url: \"http://127.0.0.1/{serial}\" }\n").plan);
  }

  TEST_CASE("a CSV gives as many devices as it has rows, or fewer") {
    FakeWorld fake;
    fake.files["dir/a.csv"] = "mac\n000B82000001\n000B82000002\n000B82000003\n";
    const auto group = [&](const std::string& text) {
      return Loaded(with_fleet("  - { group: a, profile: gxp2170, " + text + " }\n"), fake);
    };
    CHECK(group("identity: { csv: a.csv }").plan->devices() == 3);
    CHECK(group("identity: { csv: a.csv }, count: 2").plan->devices() == 2);
    CHECK(group("identity: { csv: a.csv }, count: 4").says("4 devices, but the CSV has 3 rows", 3));
    CHECK(group("identity: { csv: b.csv }").says("dir/b.csv cannot be read", 3));
    CHECK(group("identity: { csv: b.csv }").diagnostics.size() == 1);
    CHECK(group("identity: { serial: x }").says("needs `count`", 3));
    fake.files["dir/a.csv"] = "mac\n\"x\n";
    CHECK(group("identity: { csv: a.csv }").says("dir/a.csv:2:", 3));
    fake.files["dir/a.csv"] = "mac\n";
    CHECK(group("identity: { csv: a.csv }").says("has no rows", 3));
  }

  TEST_CASE("a profile by file name is seen from the scenario's directory") {
    FakeWorld fake;
    fake.profiles["dir/my.yaml"] = fake.profiles["ht802"];
    CHECK(Loaded(with_fleet("  - { group: a, profile: my.yaml, count: 5 }\n"), fake).plan);
    const Loaded missing(with_fleet("  - { group: a, profile: ./no.yaml, count: 5 }\n"
                                    "  - { group: b, profile: ./no.yaml, count: 5 }\n"),
                         fake);
    CHECK(missing.says("the profile `./no.yaml` cannot be loaded", 3));
    CHECK(missing.diagnostics.size() == 1);
  }

  TEST_CASE("pace that makes no sense is refused") {
    const auto pace = [](const std::string& text) {
      return Loaded(with_fleet("  - { group: a, profile: gxp2170, count: 5, pace: { " + text + " } }\n"));
    };
    CHECK(pace("think: { default: { median: 2s, p99: 1s } }").says("must not be less than the median", 3));
    CHECK(pace("think: { default: { p99: 1s } }").says("needs `median`", 3));
    CHECK(pace("bandwidth: 10MB").says("a bandwidth such as 10MB/s", 3));
    CHECK(pace("bandwidth: 0/s").says("a bandwidth such as 10MB/s", 3));
    CHECK(pace("rtt: 40").says("has no unit", 3));
    CHECK(pace("think: 40ms").plan->fleet[0].pace.think.median == std::chrono::milliseconds(40));
  }
}
