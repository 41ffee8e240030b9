// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "fleet/group.hpp"

using namespace cpefleet;
using namespace cpefleet::fleet;

namespace {

std::string at(std::string_view cidr, std::uint64_t index) {
  std::string out;
  AddressPool::parse(cidr)->append(index, out);
  return out;
}

bool refused(std::string_view cidr, std::string_view why) {
  const auto pool = AddressPool::parse(cidr);
  return !pool && pool.error().message().find(why) != std::string::npos;
}

}  // namespace

TEST_SUITE("fleet.address_pool") {
  TEST_CASE("IPv4 leaves out the network and the broadcast address") {
    CHECK(AddressPool::parse("10.20.0.0/15")->capacity() == 131'070);
    CHECK(at("10.20.0.0/15", 0) == "10.20.0.1");
    CHECK(at("10.20.0.0/15", 255) == "10.20.1.0");
    CHECK(at("10.20.0.0/15", 131'069) == "10.21.255.254");
    CHECK(at("192.168.1.0/30", 1) == "192.168.1.2");
  }

  TEST_CASE("a /31 and a /32 have no addresses to leave out") {
    CHECK(AddressPool::parse("10.0.0.4/31")->capacity() == 2);
    CHECK(at("10.0.0.4/31", 1) == "10.0.0.5");
    CHECK(AddressPool::parse("10.0.0.4/32")->capacity() == 1);
    CHECK(at("10.0.0.4/32", 0) == "10.0.0.4");
  }

  TEST_CASE("IPv6 counts over all of its bits") {
    CHECK(at("2001:db8::/64", 0) == "2001:db8::");
    CHECK(at("2001:db8::/64", 0x1'0000) == "2001:db8::1:0");
    CHECK(at("2001:db8:0:0:ffff:ffff:ffff:fff0/124", 15) == "2001:db8::ffff:ffff:ffff:ffff");
    CHECK(AddressPool::parse("2001:db8::/32")->capacity() == UINT64_MAX);
    CHECK(AddressPool::parse("::/0")->capacity() == UINT64_MAX);
    CHECK(at("2001:db8::/32", UINT64_MAX) == "2001:db8::ffff:ffff:ffff:ffff");
  }

  TEST_CASE("what is no range is refused with what was expected") {
    for (const auto* text : {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "300.0.0.0/8", "2001:db8::/129",
                             "a/8", "10.0.0.0/-1", "10.0.0.0/8 ", ":/8", "10.0.0.0/8/8"}) {
      CAPTURE(text);
      CHECK(refused(text, "10.20.0.0/15"));
    }
    CHECK(refused("10.20.0.5/15", "did you mean \"10.20.0.0/15\""));
  }

  TEST_CASE("an address gives back its index, from text as from bytes") {
    for (const auto* cidr : {"10.20.0.0/15", "192.168.1.0/30", "10.0.0.4/31", "10.0.0.4/32", "0.0.0.0/0",
                             "2001:db8::/64", "2001:db8::/120", "2001:db8::/32", "::/0", "::1/128"}) {
      CAPTURE(cidr);
      const AddressPool pool = *AddressPool::parse(cidr);
      const std::uint64_t capacity = pool.capacity();
      for (const std::uint64_t index : {std::uint64_t{0}, capacity / 3, capacity / 2, capacity - 1}) {
        CHECK(pool.index_of(at(cidr, index)) == index);
      }
    }
    const AddressPool pool = *AddressPool::parse("10.20.0.0/15");
    const std::array<std::uint8_t, 4> plain{10, 20, 1, 0};
    const std::array<std::uint8_t, 16> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 20, 1, 0};
    CHECK(pool.index_of(plain) == 255);
    CHECK(pool.index_of(mapped) == 255);
    CHECK(pool.index_of("::ffff:10.20.1.0") == 255);
  }

  TEST_CASE("an address outside gives none") {
    const AddressPool v4 = *AddressPool::parse("10.20.0.0/15");
    for (const auto* text : {"10.20.0.0", "10.21.255.255", "10.19.255.255", "10.22.0.0", "255.255.255.255", "0.0.0.0",
                             "::10.20.0.1", "2001:db8::1", "", "10.20.0", "10.20.0.1 ", "x"}) {
      CAPTURE(text);
      CHECK_FALSE(v4.index_of(text));
    }
    const AddressPool v6 = *AddressPool::parse("2001:db8::/120");
    for (const auto* text : {"2001:db8::100", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8:0:1::1",
                             "3001:db8::1", "10.20.0.1", "::ffff:10.20.0.1", ""}) {
      CAPTURE(text);
      CHECK_FALSE(v6.index_of(text));
    }
    const AddressPool wide = *AddressPool::parse("2001:db8::/32");
    CHECK_FALSE(wide.index_of("2001:db8:0:1::"));  // beyond what is counted
    CHECK_FALSE(AddressPool().index_of("0.0.0.0"));
    CHECK_FALSE(wide.index_of(std::span<const std::uint8_t>()));
  }
}
