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
}
