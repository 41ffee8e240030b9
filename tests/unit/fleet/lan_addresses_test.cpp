// SPDX-License-Identifier: Apache-2.0
#include "fleet/lan_addresses.hpp"

#include <doctest/doctest.h>
#include <map>
#include <string>

#include "base/rng.hpp"

using namespace cpefleet;
using namespace cpefleet::fleet;

namespace {

Group make_group(std::uint32_t number, std::uint32_t count, std::string_view lan_ip) {
  Group group;
  group.name = "group" + std::to_string(number);
  group.number = number;
  group.count = count;
  if (!lan_ip.empty()) group.identity["lan_ip"] = *Template::compile(lan_ip);
  return group;
}

std::string address_of(const Group& group, std::uint32_t index) {
  std::string out;
  group.append_place("lan_ip", index, out);
  return out;
}

// Random numbers that are the same each time.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t roll(std::uint64_t limit) { return below(mix64(seed_ + ++count_), limit); }

 private:
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

}  // namespace

TEST_SUITE("fleet.lan_addresses") {
  TEST_CASE("forward and inverse agree for random fleets, and who shares an address is not found [C-1]") {
    const std::array ranges = {"10.20.0.0/15",  "10.20.0.0/24",   "192.168.7.0/29",
                               "10.9.8.6/31",   "2001:db8::/120", "2001:db8:0:0:ffff:ffff:ffff:ff00/124",
                               "2001:db8::/32", "::/0",           "0.0.0.0/0"};
    std::uint64_t shared = 0;
    std::uint64_t found = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      CAPTURE(seed);
      Dice dice(seed);
      LanAddresses addresses;
      std::map<std::string, std::vector<DeviceAt>> owners;
      std::uint64_t offset = dice.roll(3) == 0 ? dice.roll(10'000'000) : 0;
      const AddressPool one = *AddressPool::parse(ranges[dice.roll(ranges.size())]);
      const AddressPool two = *AddressPool::parse(ranges[dice.roll(ranges.size())]);
      for (std::uint32_t number = 0; number < 4; ++number) {
        Group group = make_group(number, static_cast<std::uint32_t>(1 + dice.roll(60)),
                                 dice.roll(2) == 0 ? "{pool.one}" : "{pool.two}");
        group.pools.emplace("one", one);
        group.pools.emplace("two", two);
        group.pool_offset = offset;
        offset += group.count;
        if (dice.roll(3) == 0) group.pool_starts["one"] = dice.roll(500);
        REQUIRE(addresses.add(group));
        for (std::uint32_t i = 0; i < group.count; ++i) owners[address_of(group, i)].push_back({number, i});
      }
      for (const auto& [address, devices] : owners) {
        CAPTURE(address);
        const auto at = addresses.device_at(address);
        shared += devices.size() > 1 ? 1U : 0U;
        found += at ? 1U : 0U;
        if (devices.size() == 1) {
          CHECK(at == devices.front());
        } else {
          CHECK_FALSE(at);
        }
      }
    }
    CHECK(shared > 1000);
    CHECK(found > 5000);
  }

  TEST_CASE("an address of a pool that no device has gives none") {
    Group group = make_group(3, 10, "{pool.office}");
    group.pools.emplace("office", *AddressPool::parse("10.20.0.0/24"));
    group.pool_offset = 100;
    LanAddresses addresses;
    REQUIRE(addresses.add(group));
    CHECK_FALSE(addresses.device_at("10.20.0.100"));
    CHECK(addresses.device_at("10.20.0.101") == DeviceAt{3, 0});
    CHECK(addresses.device_at("::ffff:10.20.0.110") == DeviceAt{3, 9});
    CHECK_FALSE(addresses.device_at("10.20.0.111"));
    CHECK_FALSE(addresses.device_at("10.20.0.0"));
    CHECK_FALSE(addresses.device_at("acs.example"));
    CHECK_FALSE(addresses.device_at(""));
  }

  TEST_CASE("addresses that do not follow from one pool are not computed") {
    LanAddresses addresses;
    for (const auto* text : {"", "10.1.0.1", "{pool.office}0", "{pool.none}", "{csv.ip}"}) {
      CAPTURE(text);
      Group group = make_group(0, 10, text);
      group.pools.emplace("office", *AddressPool::parse("10.20.0.0/24"));
      CHECK_FALSE(addresses.add(group));
    }
    Group overruled = make_group(0, 1, "{pool.office}");
    overruled.pools.emplace("office", *AddressPool::parse("10.20.0.0/24"));
    overruled.csv = std::make_shared<const CsvTable>(*CsvTable::parse("lan_ip\n10.1.0.1\n", "f.csv"));
    CHECK_FALSE(addresses.add(overruled));
    CHECK_FALSE(addresses.device_at("10.20.0.1"));
  }
}
