// SPDX-License-Identifier: Apache-2.0
#include "tr111/stun_client.hpp"

#include <doctest/doctest.h>
#include <set>

#include "unit/tr111/nat_world.hpp"

using namespace cpefleet;
using namespace cpefleet::tr111;
using cpefleet::test::stun_error;
using cpefleet::test::stun_response;
using cpefleet::tr111::test::at;
using cpefleet::tr111::test::NatWorld;
using namespace std::chrono_literals;
using Attempt = StunStep::Attempt;

TEST_CASE("without a NAT the address is the local one and no NAT is detected [U-8, U-9]") {
  NatWorld world;
  world.nat = false;
  world.start();
  CHECK(world.client.mapped() == world.settings.local);
  world.run_until(29s);
  CHECK_FALSE(world.client.nat_detected());
  CHECK(world.client.mapped() == world.settings.local);
  REQUIRE(world.sent.size() == 1);
  CHECK_FALSE(world.sent[0].request.binding_change);
  CHECK(world.attempts.size() == 1);
}

TEST_CASE("behind a NAT the mapped address is learned and announced once [U-3, U-5, U-6, U-8, U-9]") {
  NatWorld world;
  world.start();
  world.run_until(100s);
  CHECK(world.client.nat_detected());
  CHECK(to_string(world.client.mapped()) == "203.0.113.9:40000");
  CHECK(world.binding_changes == 1);
  REQUIRE(world.sent.size() == 5);
  for (std::size_t i = 0; i < world.sent.size(); ++i) {
    CHECK(world.sent[i].from == StunPort::primary);
    CHECK(world.sent[i].request.connection_request_binding);
    CHECK(world.sent[i].request.binding_change == (i == 1));
    CHECK_FALSE(world.sent[i].request.response_address);
  }
  CHECK(world.sent[1].when == 20ms);
}

TEST_CASE("only the port counts, too, for NATDetected [U-8]") {
  NatWorld world;
  world.settings.local = at("203.0.113.9", 39'999);
  world.start();
  world.run_for(1s);
  CHECK(world.client.nat_detected());
}

TEST_CASE("equal minimum and maximum fix the period [U-10]") {
  NatWorld world;
  world.start();
  world.run_until(200s);
  REQUIRE(world.sent.size() == 8);
  for (std::size_t i = 2; i < world.sent.size(); ++i) CHECK(world.sent[i].when == 20ms + 30s * static_cast<int>(i - 1));
  CHECK(world.client.period(world.settings) == 30s);
}

TEST_CASE("a binding that changed is found by the next keep-alive and announced at once, then no more [U-6, U-10]") {
  NatWorld world;
  world.start();
  world.run_until(40s);
  const auto before = world.sent.size();
  world.forget_binding();
  world.run_until(130s);
  CHECK(to_string(world.client.mapped()) == "203.0.113.9:40001");
  CHECK(world.binding_changes == 2);
  REQUIRE(world.sent.size() >= before + 3);
  CHECK_FALSE(world.sent[before].request.binding_change);
  CHECK(world.sent[before + 1].request.binding_change);
  CHECK(world.sent[before + 1].when - world.sent[before].when == 20ms);  // the minimum does not bind it
  CHECK_FALSE(world.sent[before + 2].request.binding_change);
}

TEST_CASE("a NAT that goes away is a changed binding as well [U-6, U-8]") {
  NatWorld world;
  world.start();
  world.run_until(40s);
  world.nat = false;
  const auto before = world.sent.size();
  world.run_until(70s);
  CHECK_FALSE(world.client.nat_detected());
  CHECK(world.client.mapped() == world.settings.local);
  REQUIRE(world.sent.size() == before + 2);
  CHECK(world.sent[before + 1].request.binding_change);
}

TEST_CASE("a mapping that changes with every request causes no storm") {
  NatWorld world;
  world.new_mapping_each_time = true;
  world.start();
  world.run_until(300s);
  CHECK(world.sent.size() <= 2 * 11);
  CHECK(world.client.nat_detected());
}

TEST_CASE(
    "no answer: nine sends at the times of RFC 3489, a failed attempt after 9.5 s, another at the next keep-alive [U-11]") {
  NatWorld world;
  world.server_up = false;
  world.start();
  world.run_until(9499ms);
  REQUIRE(world.sent.size() == 9);
  const std::vector<Duration> times{0ms, 100ms, 300ms, 700ms, 1500ms, 3100ms, 4700ms, 6300ms, 7900ms};
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(world.sent[i].when == times[i]);
    CHECK(world.sent[i].datagram == world.sent[0].datagram);
  }
  CHECK(world.attempts.empty());
  world.run_until(9500ms);
  REQUIRE(world.attempts.size() == 1);
  CHECK(world.attempts[0].second == Attempt::timed_out);
  CHECK_FALSE(world.client.nat_detected());
  world.server_up = true;
  world.run_until(40s);
  CHECK(world.sent.size() == 11);
  CHECK(world.sent[9].when == 37'900ms);
  CHECK(world.sent[9].request.id != world.sent[0].request.id);
  CHECK(world.client.nat_detected());
}

TEST_CASE("an announcement repeats its BINDING-CHANGE, also in the attempt after one that failed [U-6, U-11]") {
  NatWorld world;
  world.start();
  world.run_until(15ms);
  world.server_up = false;
  world.run_until(50s);
  world.server_up = true;
  world.run_until(110s);
  REQUIRE(world.sent.size() == 21);  // one, nine in vain twice, one answered, the next keep-alive
  for (std::size_t i = 0; i < world.sent.size(); ++i) CHECK(world.sent[i].request.binding_change == (i > 0 && i < 20));
}

TEST_CASE("what is known stays when an attempt fails") {
  NatWorld world;
  world.start();
  world.run_until(40s);
  world.server_up = false;
  world.run_until(200s);
  CHECK(world.client.nat_detected());
  CHECK(world.client.mapped().port == 40'000);
  CHECK(world.binding_changes == 1);
}

TEST_CASE("a user name goes into every request, integrity only into the answer to a 401 [U-7]") {
  NatWorld world;
  world.settings.username = "alice";
  world.settings.password = "secret";
  world.challenges = "secret";
  world.start();
  world.run_until(25s);
  REQUIRE(world.sent.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(world.sent[i].request.username == std::string("alice\0\0\0", 8));
    CHECK(world.sent[i].request.integrity == (i % 2 == 1));
    CHECK(world.sent[i].request.binding_change == (i >= 2));  // what is repeated is the same request
  }
  CHECK(world.sent[1].request.id != world.sent[0].request.id);
  CHECK(world.client.nat_detected());
  world.challenges.reset();
  world.run_until(70s);
  CHECK_FALSE(world.sent.back().request.integrity);
}

TEST_CASE("a wrong password is refused once an attempt, and not tried again before the next keep-alive [U-7]") {
  NatWorld world;
  world.settings.username = "alice";
  world.settings.password = "wrong";
  world.challenges = "secret";
  world.start();
  world.run_until(29s);
  CHECK(world.sent.size() == 2);
  REQUIRE(world.attempts.size() == 1);
  CHECK(world.attempts[0].second == Attempt::refused);
  world.run_until(31s);
  CHECK(world.sent.size() == 4);
}

TEST_CASE("without a user name there is never integrity, whatever the server wants [U-7]") {
  NatWorld world;
  world.settings.password = "secret";
  world.challenges = "secret";
  world.start();
  world.run_until(100s);
  for (const auto& sent : world.sent) {
    CHECK_FALSE(sent.request.integrity);
    CHECK_FALSE(sent.request.username);
  }
  CHECK(world.sent.size() == 4);
}

TEST_CASE("another error ends the attempt and says its code") {
  NatWorld world;
  world.settings.username = "alice";
  world.start();
  const auto id = world.sent[0].request.id;
  world.client.on_datagram(TimePoint(5ms), StunPort::primary, stun_error(id, 500), world.settings, world.step);
  CHECK(world.step.attempt == Attempt::refused);
  CHECK(world.step.error == 500);
  CHECK(world.step.datagram.empty());
  CHECK(world.client.next_due() == TimePoint(30s));
}

TEST_CASE("only the answer to the request on the way counts: its id, its port, its time [U-4]") {
  NatWorld world;
  world.server_up = false;
  world.start();
  const auto id = world.sent[0].request.id;
  const auto mapped = at("203.0.113.9", 1234);
  auto other = id;
  other[15] ^= std::byte{1};
  const auto give = [&](StunPort port, const std::vector<std::byte>& datagram) {
    world.client.on_datagram(TimePoint(5ms), port, datagram, world.settings, world.step);
    return world.step.attempt != Attempt::none || world.step.binding_changed || !world.step.datagram.empty();
  };
  CHECK_FALSE(give(StunPort::primary, stun_response(other, mapped)));
  CHECK_FALSE(give(StunPort::secondary, stun_response(id, mapped)));
  CHECK_FALSE(give(StunPort::primary, stun_error(other, 401)));
  CHECK_FALSE(give(StunPort::primary, {}));
  CHECK_FALSE(give(StunPort::primary, world.sent[0].datagram));
  auto cut = stun_response(id, mapped);
  cut.pop_back();
  CHECK_FALSE(give(StunPort::primary, cut));
  CHECK(world.client.next_due() == TimePoint(100ms));
  CHECK(give(StunPort::primary, stun_response(id, mapped)));
  CHECK_FALSE(give(StunPort::primary, stun_response(id, at("203.0.113.9", 4321))));  // and only the first of them
  CHECK(world.client.mapped() == mapped);
}

TEST_CASE("an answer to a request sent before still counts while the exchange runs [U-11]") {
  NatWorld world;
  world.server_up = false;
  world.start();
  world.run_until(5s);
  world.client.on_datagram(TimePoint(5s), StunPort::primary,
                           stun_response(world.sent[0].request.id, at("203.0.113.9", 1234)), world.settings,
                           world.step);
  CHECK(world.client.nat_detected());
}

TEST_CASE("while the server is not known nothing is sent [U-2]") {
  NatWorld world;
  world.settings.server = {};
  world.start();
  world.run_until(100s);
  CHECK(world.sent.empty());
  CHECK(world.client.next_due() == kNever);
  CHECK(world.client.mapped() == world.settings.local);
  world.settings.server = at("198.51.100.1", 3478);
  world.start();
  world.run_until(101s);
  CHECK(world.client.nat_detected());
}

TEST_CASE("STUN turned off: no NAT, the local address, nothing more is sent [U-8, U-9]") {
  NatWorld world;
  world.start();
  world.run_until(1s);
  world.client.stop(world.settings, world.step);
  CHECK(world.step.binding_changed);
  CHECK_FALSE(world.client.nat_detected());
  CHECK(world.client.mapped() == world.settings.local);
  const auto before = world.sent.size();
  world.run_until(1000s);
  CHECK(world.sent.size() == before);
  world.client.stop(world.settings, world.step);
  CHECK_FALSE(world.step.binding_changed);
}

TEST_CASE("starting anew with other settings keeps the public address, and no answer of before counts") {
  NatWorld world;
  world.start();
  world.run_until(1s);
  world.settings.minimum_period = world.settings.maximum_period = 60s;
  const auto old_id = world.sent.back().request.id;
  world.start();
  CHECK(world.client.nat_detected());
  CHECK(world.binding_changes == 1);
  CHECK(world.sent.back().request.id != old_id);
  world.run_until(62s);
  CHECK(world.binding_changes == 1);
  CHECK(world.sent.back().when == 61s);
}

TEST_CASE("a new local address is the address until a NAT is found [U-9, U-11]") {
  NatWorld world;
  world.nat = false;
  world.start();
  world.run_until(1s);
  world.settings.local = at("192.168.0.3", 7547);
  const auto before = world.binding_changes;
  world.start();
  CHECK(world.client.mapped() == world.settings.local);
  CHECK(world.binding_changes == before + 1);
}

TEST_CASE("a timer that comes too early does nothing, one that comes far too late does one thing") {
  NatWorld world;
  world.server_up = false;
  world.start();
  world.client.on_timer(TimePoint(99ms), world.settings, world.step);
  CHECK(world.step.datagram.empty());
  world.client.on_timer(TimePoint(500s), world.settings, world.step);
  CHECK_FALSE(world.step.datagram.empty());
  CHECK(world.client.next_due() == TimePoint(500s + 200ms));
}

TEST_CASE("ids are a function of seed, route and count, and never repeat; the route can be read back") {
  const auto ids_of = [](std::uint64_t seed, std::uint32_t route) {
    NatWorld world;
    world.client = StunClient(seed, route);
    world.start();
    world.run_until(3000s);
    std::vector<TransactionId> ids;
    for (const auto& sent : world.sent) {
      ids.push_back(sent.request.id);
      CHECK(route_of(sent.datagram) == route);
    }
    return ids;
  };
  const auto a = ids_of(1, 0xfedcba98);
  CHECK(a == ids_of(1, 0xfedcba98));
  CHECK(a.size() > 100);
  CHECK(std::set<TransactionId>(a.begin(), a.end()).size() == a.size());
  const auto b = ids_of(2, 0xfedcba98);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] != b[i]);
  CHECK_FALSE(route_of({}));
}
