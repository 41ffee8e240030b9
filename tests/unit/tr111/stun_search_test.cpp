// SPDX-License-Identifier: Apache-2.0
// The search for the longest interval a binding survives (CHECKLIST U-10).
#include <doctest/doctest.h>

#include "unit/tr111/nat_world.hpp"

using namespace cpefleet;
using namespace cpefleet::tr111;
using cpefleet::tr111::test::NatWorld;
using namespace std::chrono_literals;

namespace {

NatWorld searching_world(Duration lifetime, std::chrono::seconds minimum = 20s, std::chrono::seconds maximum = -1s) {
  NatWorld world;
  world.lifetime = lifetime;
  world.settings.minimum_period = minimum;
  world.settings.maximum_period = maximum;
  return world;
}

std::vector<Duration> gaps(const std::vector<NatWorld::Sent>& sent) {
  std::vector<Duration> out;
  for (std::size_t i = 1; i < sent.size(); ++i) out.push_back(sent[i].when - sent[i - 1].when);
  return out;
}

}  // namespace

TEST_CASE(
    "a probe leaves from the second port, names the mapped primary address, and carries no binding attributes [U-5, U-10]") {
  auto world = searching_world(100s);
  world.settings.username = "alice";
  world.start();
  world.run_until(50s);
  const auto probes = world.sent_from(StunPort::secondary);
  REQUIRE(probes.size() == 1);
  CHECK(probes[0].when == 40s + 20ms);
  CHECK(probes[0].request.response_address == world.binding());
  CHECK(probes[0].request.username);
  CHECK_FALSE(probes[0].request.connection_request_binding);
  CHECK_FALSE(probes[0].request.binding_change);
}

TEST_CASE("while the lifetime is searched for the primary port is silent for the time that is tried [U-10]") {
  auto world = searching_world(100s);
  world.start();
  world.run_until(45s);
  const auto primary = world.sent_from(StunPort::primary);
  REQUIRE(primary.size() == 3);
  CHECK(primary[2].when == 40s + 40ms);  // after the probe's answer
}

TEST_CASE("the search ends, within an eighth under the lifetime, for lifetimes of all sizes [U-10]") {
  for (const auto lifetime : {21s, 25s, 30s, 47s, 65s, 120s, 180s, 300s, 600s, 1500s}) {
    CAPTURE(lifetime.count());
    auto world = searching_world(lifetime);
    world.start();
    world.run_until(4h);
    CHECK_FALSE(world.client.searching(world.settings));
    const auto period = world.client.period(world.settings);
    CHECK(period < lifetime);
    CHECK(period * 9 / 8 + 2s >= lifetime);
    const auto probes = world.sent_from(StunPort::secondary).size();
    CHECK(probes <= 9 * 7 + 9);
    const auto changes = world.binding_changes;
    world.run_until(8h);
    CHECK(world.sent_from(StunPort::secondary).size() == probes);
    CHECK(world.binding_changes == changes);  // the binding lives now
    CHECK(gaps(world.sent_from(StunPort::primary)).back() == period);
  }
}

TEST_CASE("a lifetime under the minimum leaves the minimum [U-10]") {
  auto world = searching_world(15s);
  world.start();
  world.run_until(2h);
  CHECK(world.client.period(world.settings) <= 22s);
  CHECK_FALSE(world.sent_from(StunPort::secondary).empty());
}

TEST_CASE(
    "no request from the primary port comes sooner than the minimum but for BINDING-CHANGE and repetitions [U-10]") {
  auto world = searching_world(100s);
  world.start();
  world.run_until(2h);
  const auto primary = world.sent_from(StunPort::primary);
  for (std::size_t i = 1; i < primary.size(); ++i)
    if (!primary[i].request.binding_change) CHECK(primary[i].when - primary[i - 1].when >= 20s);
}

TEST_CASE("the maximum holds also where a probe stays without an answer [U-10]") {
  for (const auto maximum : {25s, 31s, 60s, 90s}) {
    CAPTURE(maximum.count());
    auto world = searching_world(35s, 20s, maximum);
    world.start();
    world.run_until(1h);
    for (const Duration gap : gaps(world.sent_from(StunPort::primary))) CHECK(gap <= maximum);
    CHECK(world.client.period(world.settings) < 35s);
  }
}

TEST_CASE("an endless binding is kept alive at half an hour at most where there is no maximum [U-10]") {
  auto world = searching_world(1000h);
  world.start();
  world.run_until(6h);
  CHECK_FALSE(world.client.searching(world.settings));
  CHECK(world.client.period(world.settings) <= 1800s);
  CHECK(world.client.period(world.settings) >= 1500s);
}

TEST_CASE("without a NAT nothing is searched for, and the maximum is the period [U-10]") {
  auto world = searching_world(1000h, 20s, 300s);
  world.nat = false;
  world.start();
  world.run_until(1h);
  CHECK(world.sent_from(StunPort::secondary).empty());
  CHECK(world.sent.size() == 13);
}

TEST_CASE("a server that answers to the second port, or with an error, ends the search [U-10]") {
  auto world = searching_world(100s);
  SUBCASE("RESPONSE-ADDRESS is not honoured") { world.reflects = false; }
  SUBCASE("an attribute it does not know") { world.refuses_probes = 420; }
  SUBCASE("a server's mistake") { world.refuses_probes = 500; }
  world.start();
  world.run_until(2h);
  CHECK(world.sent_from(StunPort::secondary).size() == 1);
  CHECK(world.client.period(world.settings) == 20s);
  CHECK(world.client.nat_detected());
  CHECK(world.binding_changes == 1);
}

TEST_CASE("a server that wants integrity gets it in probes as well [U-7, U-10]") {
  auto world = searching_world(100s);
  world.settings.username = "alice";
  world.settings.password = "secret";
  world.challenges = "secret";
  world.start();
  world.run_until(2h);
  CHECK(world.client.period(world.settings) >= 80s);
  CHECK(world.client.period(world.settings) < 100s);
}

TEST_CASE("a probe lost because the server is away says nothing about the binding [U-10, U-11]") {
  auto world = searching_world(1000h, 20s, 200s);
  world.start();
  world.run_until(30s);
  world.server_up = false;
  world.run_until(200s);
  world.server_up = true;
  world.run_until(2h);
  CHECK(world.client.period(world.settings) >= 160s);
}

TEST_CASE("a binding that dies later than it was found to begins the search anew [U-10]") {
  auto world = searching_world(300s);
  world.start();
  world.run_until(3h);
  REQUIRE_FALSE(world.client.searching(world.settings));
  world.lifetime = 60s;
  world.run_until(6h);
  CHECK_FALSE(world.client.searching(world.settings));
  CHECK(world.client.period(world.settings) < 60s);
  CHECK(world.client.period(world.settings) >= 50s);
}

TEST_CASE("periods that make no sense do no harm") {
  struct Odd {
    std::chrono::seconds minimum, maximum;
  };
  const std::vector<Odd> odd{{0s, 0s}, {0s, -1s},  {100s, 50s},          {4'294'967'295s, -1s},
                             {0s, 1s}, {-5s, -7s}, {0s, 2'147'483'647s}, {1s, 2s}};
  for (const Odd& one : odd) {
    CAPTURE(one.minimum.count());
    CAPTURE(one.maximum.count());
    auto world = searching_world(40s, one.minimum, one.maximum);
    world.start();
    world.run_until(1h);
    CHECK(world.client.nat_detected());
    CHECK(world.client.period(world.settings) >= 1s);
    CHECK(world.sent.size() < 3 * 3600 + 20);
  }
}
