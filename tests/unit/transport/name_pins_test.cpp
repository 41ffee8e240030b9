// SPDX-License-Identifier: Apache-2.0
#include "transport/name_pins.hpp"

#include <doctest/doctest.h>

namespace cpefleet::transport {
namespace {

Url at(std::uint16_t port) { return {"http", "acs.example", port, "/"}; }

TEST_CASE("a pin is a line for each port") {
  NamePins pins;
  CHECK_FALSE(pins.line(at(80)));
  pins.pin("acs.example", {"10.0.0.1", "fd00::1"});
  CHECK(pins.line(at(80)) == "acs.example:80:10.0.0.1,[fd00::1]");
  CHECK(pins.line(at(7547)) == "acs.example:7547:10.0.0.1,[fd00::1]");
  pins.pin("acs.example", {});
  CHECK_FALSE(pins.line(at(80)));
}

TEST_CASE("a new pin is to be told again") {
  NamePins pins;
  pins.mark_told(at(80));
  CHECK_FALSE(pins.told(at(80)));
  pins.pin("acs.example", {"10.0.0.1"});
  pins.mark_told(at(80));
  CHECK(pins.told(at(80)));
  CHECK_FALSE(pins.told(at(81)));
  pins.pin("acs.example", {"10.0.0.2"});
  CHECK_FALSE(pins.told(at(80)));
}

}  // namespace
}  // namespace cpefleet::transport
