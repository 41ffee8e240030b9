// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "engine/udp_names.hpp"

using cpefleet::engine::UdpNames;
using Places = std::vector<std::uint32_t>;

namespace {

Places found(UdpNames& names, std::uint32_t hash, std::size_t most = 1000) {
  Places out;
  names.find(hash, most, out, [](std::uint32_t) { return true; });
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("integration.udp_names");

TEST_CASE("a name that is told again and again takes one place, sorted or not") {
  UdpNames names;
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t place = 0; place < 300; ++place) names.set(place, 7);
    CHECK(names.size() == 300);
    CHECK(found(names, 7).size() == 300);
  }
  CHECK(found(names, 7, 10).size() == 10);
  CHECK(found(names, 8).empty());
}

TEST_CASE("of a device whose name changes all the time the last one counts, and memory stays bounded") {
  UdpNames names;
  names.set(1, 5);
  for (std::uint32_t hash = 10; hash < 100'000; ++hash) names.set(0, hash);
  CHECK(names.size() <= 2 * UdpNames::kMostLoose + 4);
  CHECK(found(names, 99'999) == Places{0});
  CHECK(found(names, 99'998).empty());
  CHECK(found(names, 5) == Places{1});
  names.set(0, 5);
  CHECK(found(names, 5).size() == 2);
}

TEST_CASE("a name that comes back finds its device once") {
  UdpNames names;
  for (int i = 0; i < 5; ++i) {
    names.set(0, 1);
    names.set(0, 2);
  }
  CHECK(found(names, 2) == Places{0});
  CHECK(found(names, 1).empty());
}

TEST_CASE("devices that do no STUN take no place of those that do, and are found when they do again") {
  UdpNames names;
  for (std::uint32_t place = 0; place < 1000; ++place) names.set(place, 7);
  const auto last = [](std::uint32_t place) { return place == 999; };
  Places out;
  names.find(7, 10, out, last);
  CHECK(out == Places{999});
  CHECK(names.size() == 1);
  names.set(3, 7);
  CHECK(found(names, 7).size() == 2);
}

TEST_SUITE_END();
