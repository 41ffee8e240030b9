// SPDX-License-Identifier: Apache-2.0
#include "fleet/group.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace cpefleet;
using namespace cpefleet::fleet;

namespace {

std::shared_ptr<const profile::Profile> make_profile() {
  auto profile = std::make_shared<profile::Profile>();
  profile->name = "gxp2170";
  profile->identity = {"Grandstream", "000B82", "GXP2170", "{mac:lower}", "GXP2170", "V1.0A"};
  profile->firmware.emplace_back().version = "1.0.11.35";
  profile->firmware.emplace_back().version = "1.0.11.106";
  return profile;
}

Group make_group() {
  Group group;
  group.name = "desks";
  group.count = 1000;
  group.seed = 42;
  group.profile = make_profile();
  group.firmware = {{&group.profile->firmware[0], 0.3}, {&group.profile->firmware[1], 0.7}};
  group.identity["mac"] = *Template::compile("000B82{i:06x}");
  return group;
}

std::string expand(const Group& group, std::string_view text, std::uint32_t index) {
  std::string out;
  group.expand(*Template::compile(text), index, out);
  return out;
}

}  // namespace

TEST_SUITE("fleet.group") {
  TEST_CASE("an identity follows from the group's and the profile's templates") {
    const Identity identity = make_group().identity_of(0xabc);
    CHECK(identity.manufacturer == "Grandstream");
    CHECK(identity.oui == "000B82");
    CHECK(identity.product_class == "GXP2170");
    CHECK(identity.mac == "000B82000ABC");
    CHECK(identity.serial == "000b82000abc");
  }

  TEST_CASE("prepare() changes nothing but the cost") {
    Group group = make_group();
    const Identity before = group.identity_of(7);
    REQUIRE(group.prepare());
    const Identity after = group.identity_of(7);
    CHECK(before.mac == after.mac);
    CHECK(before.serial == after.serial);
    CHECK(before.product_class == after.product_class);
  }

  TEST_CASE("all built-in places can be named in a template") {
    Group group = make_group();
    group.pools.emplace("office", *AddressPool::parse("10.20.0.0/15"));
    group.pool_offset = 100;
    group.identity["lan_ip"] = *Template::compile("{pool.office}");
    group.acs_url = *Template::compile("http://acs/{oui}/{i:04d}");
    group.acs_username = *Template::compile("{oui}-{serial}");
    group.acs_password = *Template::compile("{mac:colons}");
    REQUIRE(group.prepare());
    CHECK(expand(group, "{i} {i:06x} {group}", 10) == "10 00000a desks");
    CHECK(expand(group, "{mac} {mac:lower} {mac:colons}", 1) == "000B82000001 000b82000001 00:0B:82:00:00:01");
    CHECK(expand(group, "{manufacturer} {model_name} {hardware_version}", 1) == "Grandstream GXP2170 V1.0A");
    CHECK(expand(group, "{lan_ip} {pool.office}", 1) == "10.20.0.102 10.20.0.102");
    CHECK(expand(group, "{acs_url} {acs_username} {acs_password}", 2) ==
          "http://acs/000B82/0002 000B82-000b82000002 00:0B:82:00:00:02");
    CHECK(expand(group, "{software_version}", 3) == group.firmware_of(3).version);
    CHECK(expand(group, "{device_id}", 255) == "000B82-GXP2170-000b820000ff");
    CHECK(expand(group, "{nonsense} {pool.none} {csv.none}", 0) == "{nonsense} {pool.none} {csv.none}");
  }

  TEST_CASE("a pool's start can be given apart from the place in the fleet") {
    Group group = make_group();
    group.pools.emplace("office", *AddressPool::parse("10.20.0.0/15"));
    group.pool_offset = 100;
    group.pool_starts["office"] = 5;
    CHECK(expand(group, "{pool.office}", 0) == "10.20.0.6");
  }

  TEST_CASE("what is neither letter, digit nor underscore is percent-encoded in a device id [H-22]") {
    std::string id;
    append_device_id({"", "000B82", "HT 802/a-b", "x_1.\xc3\xbc", ""}, id);
    CHECK(id == "000B82-HT%20802%2Fa%2Db-x_1%2E%C3%BC");
    id.clear();
    append_device_id({"", "000B82", "", "S1", ""}, id);
    CHECK(id == "000B82-S1");
  }

  TEST_CASE("rows of the CSV win over templates, empty cells do not") {
    Group group = make_group();
    group.csv = std::make_shared<const CsvTable>(
        *CsvTable::parse("mac,serial,site\n00:0b:82:aa:bb:cc,S1,Rome\n,S2,Oslo\n", "f.csv"));
    REQUIRE(group.prepare());
    CHECK(group.identity_of(0).mac == "000B82AABBCC");
    CHECK(group.identity_of(0).serial == "S1");
    CHECK(group.identity_of(1).mac == "000B82000001");
    CHECK(expand(group, "{csv.site}/{csv.serial}", 1) == "Oslo/S2");
  }

  TEST_CASE("without a word about it devices get a MAC of the vendor and a private address") {
    Group group = make_group();
    group.identity.clear();
    group.mac_base = 0x123456;
    CHECK(group.identity_of(0).mac == "000B82123456");
    CHECK(group.identity_of(0).serial == "000b82123456");
    CHECK(expand(group, "{lan_ip}", 0) == "10.0.0.1");
    group.pool_offset = 256;
    CHECK(expand(group, "{lan_ip}", 1) == "10.0.1.2");
  }

  TEST_CASE("a group without a profile still has an identity") {
    Group group;
    group.name = "bare";
    CHECK(group.identity_of(3).serial == "000B82000003");
    CHECK(expand(group, "{software_version}", 0).empty());
  }

  TEST_CASE("templates that go round in a circle end") {
    Group group = make_group();
    group.identity["mac"] = *Template::compile("{serial}");
    group.identity["serial"] = *Template::compile("{mac}{device_id}{serial}");
    group.acs_url = *Template::compile("{acs_url}");
    CHECK(expand(group, "{acs_url}", 0) == "{acs_url}");
    CHECK_FALSE(group.identity_of(0).serial.empty());
  }

  TEST_CASE("an ill-formed template in a profile is an error of prepare()") {
    auto profile = std::make_shared<profile::Profile>();
    profile->identity.serial = "{mac";
    Group group;
    group.profile = profile;
    CHECK_FALSE(group.prepare());
    CHECK(group.identity_of(0).mac.size() == 12);
  }

  TEST_CASE("firmware is drawn by share, and the same for the same seed, group and index") {
    Group group = make_group();
    Group other = make_group();
    other.number = 5;
    int newer = 0;
    bool differs = false;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      newer += group.firmware_of(i).version == "1.0.11.106" ? 1 : 0;
      CHECK(group.firmware_of(i).version == other.firmware_of(i).version);
    }
    CHECK(newer > 6'700);
    CHECK(newer < 7'300);
    other.name = "atas";
    for (std::uint32_t i = 0; i < 100; ++i) differs |= group.firmware_of(i).version != other.firmware_of(i).version;
    CHECK(differs);
  }

  TEST_CASE("a hundred thousand devices of a group have different identities") {
    Group group = make_group();
    group.identity.clear();
    group.mac_base = (1u << 24) - 10;
    REQUIRE(group.prepare());
    std::set<std::string> seen;
    for (std::uint32_t i = 0; i < 100'000; ++i) seen.insert(group.identity_of(i).mac);
    CHECK(seen.size() == 100'000);
  }
}
