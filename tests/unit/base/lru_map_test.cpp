// SPDX-License-Identifier: Apache-2.0
#include "base/lru_map.hpp"

#include <doctest/doctest.h>
#include <string>

using cpefleet::LruMap;

TEST_SUITE("base.lru_map") {
  TEST_CASE("the entry that was not used for longest goes first") {
    LruMap<int, std::string> map(2);
    map.put(1, "one");
    map.put(2, "two");
    REQUIRE(map.find(1) != nullptr);
    map.put(3, "three");
    CHECK(map.find(2) == nullptr);
    CHECK(*map.find(1) == "one");
    CHECK(*map.find(3) == "three");
    CHECK(map.size() == 2);
  }

  TEST_CASE("a second value for a key replaces the first and drops no other") {
    LruMap<int, std::string> map(2);
    map.put(1, "one");
    map.put(2, "two");
    map.put(1, "uno");
    CHECK(*map.find(1) == "uno");
    CHECK(*map.find(2) == "two");
  }

  TEST_CASE("what was erased is gone, and erasing nothing is no mistake") {
    LruMap<int, std::string> map(2);
    map.put(1, "one");
    map.erase(1);
    map.erase(7);
    CHECK(map.find(1) == nullptr);
    CHECK(map.size() == 0);
  }

  TEST_CASE("a capacity of nothing keeps one") {
    LruMap<int, int> map(0);
    map.put(1, 1);
    map.put(2, 2);
    CHECK(map.size() == 1);
    CHECK(*map.find(2) == 2);
  }
}
