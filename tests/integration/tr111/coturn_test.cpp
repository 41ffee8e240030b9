// SPDX-License-Identifier: Apache-2.0
// Against coturn, as it answers requests without a magic cookie (RFC 3489).
#include "integration/tr111/coturn.hpp"

#include <doctest/doctest.h>

#include "integration/tr111/pump.hpp"

namespace cpefleet::tr111::test {
namespace {

TEST_CASE("coturn sees the local address, so that there is no NAT [U-1, U-3, U-4, U-5, U-8]") {
  const Coturn coturn;
  Pump pump(loopback_port(), loopback_port(), coturn.address());
  pump.settings.username = "alice";
  pump.start();
  CHECK(pump.last_attempt == StunStep::Attempt::answered);
  CHECK(pump.client.mapped() == pump.primary().local());
  CHECK_FALSE(pump.client.nat_detected());
  CHECK(pump.binding_changes == 0);
  pump.next();
  CHECK(pump.last_attempt == StunStep::Attempt::answered);
  CHECK_FALSE(pump.client.nat_detected());
}

TEST_CASE("coturn takes BINDING-CHANGE, and answers a probe to the wrong port, which ends the search [U-6, U-10]") {
  const Coturn coturn;
  Pump pump(loopback_port(), loopback_port(), coturn.address());
  // A device that takes another address for its own sees a NAT where there is none.
  pump.settings.local = parse_endpoint("192.168.0.2", 7547).value();
  pump.settings.minimum_period = std::chrono::seconds{20};
  pump.settings.maximum_period = std::chrono::seconds{-1};
  pump.start();
  CHECK(pump.client.nat_detected());
  CHECK(pump.client.mapped() == pump.primary().local());
  CHECK(pump.binding_changes == 1);
  REQUIRE(pump.sent.size() == 2);
  CHECK(pump.sent[1].binding_change);
  CHECK(pump.client.searching(pump.settings));
  pump.next();
  REQUIRE(pump.sent.size() == 4);
  CHECK(pump.sent[2].response_address == pump.primary().local());
  CHECK(pump.sent[3].connection_request_binding);
  CHECK_FALSE(pump.client.searching(pump.settings));
  CHECK(pump.client.period(pump.settings) == std::chrono::seconds{20});
}

}  // namespace
}  // namespace cpefleet::tr111::test
