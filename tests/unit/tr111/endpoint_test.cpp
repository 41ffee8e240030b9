// SPDX-License-Identifier: Apache-2.0
#include "tr111/endpoint.hpp"

#include <doctest/doctest.h>

using namespace cpefleet::tr111;

TEST_CASE("an endpoint is written as UDPConnectionRequestAddress wants it, the port always there [U-9]") {
  CHECK(to_string(parse_endpoint("192.0.2.1", 7547).value()) == "192.0.2.1:7547");
  CHECK(to_string(parse_endpoint("192.0.2.1", 80).value()) == "192.0.2.1:80");
  CHECK(to_string(parse_endpoint("2001:DB8::1", 7547).value()) == "[2001:db8::1]:7547");
  CHECK(to_string(Endpoint{}).empty());
}

TEST_CASE("only numeric addresses are endpoints") {
  CHECK_FALSE(parse_endpoint("", 1));
  CHECK_FALSE(parse_endpoint("localhost", 1));
  CHECK_FALSE(parse_endpoint("192.0.2.1:1", 1));
  CHECK_FALSE(parse_endpoint("[::1]", 1));
  CHECK_FALSE(parse_endpoint({"192.0.2.1\0x", 11}, 1));
  CHECK(parse_endpoint("::1", 1) != parse_endpoint("::1", 2));
  CHECK(parse_endpoint("::1", 1) == parse_endpoint("0:0:0:0:0:0:0:1", 1));
}
