// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;

TEST_SUITE("scenario.duplicates") {
  TEST_CASE("default identities never collide, whatever the groups") {
    std::string fleet;
    for (int i = 0; i < 20; ++i) fleet += "  - { group: g" + std::to_string(i) + ", profile: ht802, count: 500 }\n";
    const Loaded loaded(with_fleet(fleet));
    CHECK_MESSAGE(loaded.plan, loaded.text());
  }

  TEST_CASE("two groups with the same MAC addresses are told by group and index") {
    const Loaded loaded(
        with_fleet("  - { group: a, profile: gxp2170, count: 5, identity: { mac: \"000B82{i:06x}\" } }\n"
                   "  - { group: b, profile: ht802, count: 9, identity: { mac: \"000B82{i:06X}\" } }\n"));
    CHECK(loaded.says("a[0] and b[0] have the same MAC address 000B82000000; 4 more between these groups", 4));
    CHECK(loaded.diagnostics.size() == 1);  // the product class keeps the device ids apart
  }

  TEST_CASE("devices of one group with the same serial are told") {
    const Loaded loaded(
        with_fleet("  - { group: a, profile: gxp2170, count: 3, identity: { serial: \"S{i:01d}\" } }\n"
                   "  - { group: b, profile: gxp2170, count: 3, identity: { serial: same } }\n"));
    CHECK(loaded.says("b[0] and b[1] have the same device id 000B82-gxp2170-same", 4));
    CHECK(loaded.diagnostics.size() == 1);
  }

  TEST_CASE("a MAC address that is none is told once a group") {
    const Loaded loaded(
        with_fleet("  - { group: a, profile: gxp2170, count: 3, identity: { mac: \"B82{i:06x}\" } }\n"));
    CHECK(loaded.says("the MAC address of a[0] is `B82000000`, not 12 hexadecimal digits", 3));
    CHECK(loaded.diagnostics.size() == 1);
  }

  TEST_CASE("a device without a serial number is told") {
    FakeWorld fake;
    auto profile = std::make_shared<profile::Profile>(*fake.profiles["ht802"]);
    profile->identity.serial = "{hardware_version}";
    profile->identity.hardware_version.clear();
    fake.profiles["ht802"] = profile;
    const Loaded loaded(with_fleet("  - { group: a, profile: ht802, count: 1 }\n"), fake);
    CHECK(loaded.says("a[0] has no serial number", 3));
  }

  TEST_CASE("without a ProductClass a serial number is good once under an OUI [I-3]") {
    FakeWorld fake;
    const auto* const fleet =
        "  - { group: a, profile: ht802, count: 1, identity: { serial: same } }\n"
        "  - { group: b, profile: gxp2170, count: 1, identity: { serial: same } }\n";
    CHECK(Loaded(with_fleet(fleet), fake).plan);
    for (const auto* name : {"ht802", "gxp2170"}) {
      auto profile = std::make_shared<profile::Profile>(*fake.profiles[name]);
      profile->identity.product_class.clear();
      fake.profiles[name] = profile;
    }
    const Loaded loaded(with_fleet(fleet), fake);
    CHECK(loaded.says("a[0] and b[0] have the same device id 000B82-same"));
  }

  TEST_CASE("a hundred thousand devices are looked through") {
    const Loaded loaded(
        with_fleet("  - { group: a, profile: gxp2170, count: 100k, identity: { mac: \"000B82{i:06x}\" } }\n"
                   "  - { group: b, profile: gxp2170, count: 1, identity: { mac: \"000B8201869F\" } }\n"));
    CHECK(loaded.says("a[99999] and b[0] have the same MAC address"));
    CHECK(loaded.says("a[99999] and b[0] have the same device id"));
  }
}
