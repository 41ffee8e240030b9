// SPDX-License-Identifier: Apache-2.0
#include "provision/host_port.hpp"

#include <doctest/doctest.h>

using namespace cpefleet::provision;

TEST_CASE("a host and its port in one text") {
  CHECK(split_host_port("sip.example") == HostPort{"sip.example", ""});
  CHECK(split_host_port("sip.example:5061") == HostPort{"sip.example", "5061"});
  CHECK(split_host_port("sip.example:") == HostPort{"sip.example:", ""});
  CHECK(split_host_port(":5061") == HostPort{"", "5061"});
  CHECK(split_host_port("2001:db8::1") == HostPort{"2001:db8::1", ""});
  CHECK(split_host_port("[2001:db8::1]:5061") == HostPort{"2001:db8::1", "5061"});
  CHECK(split_host_port("") == HostPort{"", ""});
}

TEST_CASE("what was joined comes apart the same") {
  for (const auto* host : {"", "a", "a:5061", "::1", "[::1]", "[a", ":", "a:b:c", "[x]:1"}) {
    for (const auto* port : {"5060", "5061", "0"}) {
      const auto text = join_host_port({host, port}, "5060");
      auto back = split_host_port(text);
      if (back.port.empty()) back.port = "5060";
      const HostPort given{host, port};
      CHECK_MESSAGE(back == given, text);
    }
  }
  CHECK(join_host_port({"a", "5060"}, "5060") == "a");
  CHECK(join_host_port({"a", "5061"}, "5060") == "a:5061");
  CHECK(join_host_port({"::1", "5061"}, "5060") == "[::1]:5061");
  CHECK(join_host_port({"", "5060"}, "5060").empty());
}
