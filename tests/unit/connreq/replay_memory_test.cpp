// SPDX-License-Identifier: Apache-2.0
#include "connreq/replay_memory.hpp"

#include <doctest/doctest.h>
#include <map>

#include "base/rng.hpp"

using namespace cpefleet;
using namespace cpefleet::connreq;

TEST_SUITE("connreq.replay_memory") {
  TEST_CASE("a count is taken once, and only upwards [C-3]") {
    ReplayMemory memory(100);
    CHECK(memory.accept(1, 1));
    CHECK_FALSE(memory.accept(1, 1));
    CHECK(memory.accept(1, 5));
    CHECK_FALSE(memory.accept(1, 4));
    CHECK(memory.accept(1, 6));
    CHECK(memory.accept(2, 1));
    CHECK_FALSE(memory.accept(1, 6));
  }

  TEST_CASE("a request without a count is taken once") {
    ReplayMemory memory(100);
    CHECK(memory.accept(0, 0));
    CHECK_FALSE(memory.accept(0, 0));
    CHECK(memory.accept(0, 1));
    CHECK_FALSE(memory.accept(0, 0));
  }

  TEST_CASE("the greatest count does not begin anew") {
    ReplayMemory memory(100);
    CHECK(memory.accept(1, 0xfffffffe));
    CHECK_FALSE(memory.accept(1, 0xffffffff));
    CHECK_FALSE(memory.accept(1, 0));
    CHECK_FALSE(memory.accept(2, 0xffffffff));
  }

  TEST_CASE("what is forgotten is not taken for new") {
    ReplayMemory memory(8);
    for (std::uint64_t issued = 10; issued < 18; ++issued) CHECK(memory.accept(issued, 1));
    CHECK_FALSE(memory.accept(5, 1));  // older than all: no room
    CHECK(memory.accept(18, 1));       // in the place of 10
    CHECK_FALSE(memory.accept(10, 1));
    CHECK_FALSE(memory.accept(10, 2));
    CHECK_FALSE(memory.accept(9, 1));
    CHECK(memory.accept(11, 2));
    CHECK_FALSE(memory.accept(11, 2));
  }

  TEST_CASE("no nonce and count is accepted twice, whatever the order; in order nearly none is refused") {
    ReplayMemory memory(2000);
    std::map<std::uint64_t, std::uint32_t> accepted;
    std::uint64_t fresh_refused = 0;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
      const std::uint64_t bits = mix64(i);
      const bool again = below(bits, 4) == 0;
      const std::uint64_t issued = again ? i - below(mix64(bits), i + 1) : i;
      const auto count = static_cast<std::uint32_t>(1 + (bits & 3));
      const bool ok = memory.accept(issued, count);
      if (ok) {
        const auto before = accepted.find(issued);
        REQUIRE((before == accepted.end() || before->second < count));
        accepted[issued] = count;
      }
      if (!again && !ok) ++fresh_refused;
    }
    CHECK(fresh_refused == 0);
    CHECK(accepted.size() > 70'000);
  }
}
