// SPDX-License-Identifier: Apache-2.0
// A small server of RFC 3489 in the test, for what coturn does not do for classic requests: it never challenges them,
// and it answers to where a request came from whatever RESPONSE-ADDRESS says.
#include <doctest/doctest.h>

#include "integration/tr111/pump.hpp"

namespace cpefleet::tr111::test {
namespace {

using Attempt = StunStep::Attempt;

struct World {
  Responder responder{loopback_port()};
  Pump pump{loopback_port(), loopback_port(), responder.port().local()};
  World() {
    pump.responder = &responder;
    pump.settings.username = "alice";
    pump.settings.password = "secret";
  }
};

TEST_CASE("a 401 is answered with an integrity that holds, and the request after it is plain again [U-7]") {
  World world;
  world.responder.challenges = "secret";
  world.pump.start();
  CHECK(world.pump.last_attempt == Attempt::answered);
  CHECK_FALSE(world.pump.client.nat_detected());
  REQUIRE(world.responder.seen.size() == 2);
  CHECK_FALSE(world.responder.seen[0].request.integrity);
  CHECK(world.responder.seen[1].request.integrity);
  CHECK(world.responder.seen[1].from == world.pump.primary().local());
  world.responder.challenges.clear();
  world.pump.next();
  CHECK_FALSE(world.responder.seen.back().request.integrity);
}

TEST_CASE("a wrong password ends the attempt [U-7]") {
  World world;
  world.responder.challenges = "another";
  world.pump.start();
  CHECK(world.pump.last_attempt == Attempt::refused);
  CHECK(world.responder.seen.size() == 2);
}

TEST_CASE("no server: the attempt times out, and the next one finds the server that came back [U-11]") {
  World world;
  const Endpoint address = world.responder.port().local();
  world.pump.settings.server = loopback_port().local();  // closed again
  world.pump.client.start({}, world.pump.settings, world.pump.step);
  for (int i = 0; i < 9; ++i)
    world.pump.client.on_timer(world.pump.client.next_due(), world.pump.settings, world.pump.step);
  CHECK(world.pump.step.attempt == Attempt::timed_out);
  world.pump.settings.server = address;
  world.pump.next();
  CHECK(world.pump.last_attempt == Attempt::answered);
}

}  // namespace
}  // namespace cpefleet::tr111::test
