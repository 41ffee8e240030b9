// SPDX-License-Identifier: Apache-2.0
#include "transport/target_policy.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>

namespace cpefleet::transport {
namespace {

bool is_private_text(const char* text) {
  const auto address = parse_ip(text);
  REQUIRE_MESSAGE(address, text);
  return is_private(*address);
}

TEST_CASE("loopback, RFC 1918, unique local and link-local addresses are private, to their last address") {
  for (const char* text :
       {"127.0.0.1", "127.255.255.255", "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.0",
        "192.168.255.255", "169.254.0.1", "169.254.255.255", "::1", "fc00::1", "fdff:ffff::1", "fe80::1", "febf::1"}) {
    CHECK_MESSAGE(is_private_text(text), text);
  }
}

TEST_CASE("everything else is not: public, carrier-grade NAT, unspecified, multicast, broadcast") {
  for (const char* text : {"8.8.8.8",
                           "126.255.255.255",
                           "128.0.0.1",
                           "9.255.255.255",
                           "11.0.0.0",
                           "172.15.255.255",
                           "172.32.0.0",
                           "192.167.255.255",
                           "192.169.0.0",
                           "169.253.255.255",
                           "169.255.0.0",
                           "100.64.0.1",
                           "100.127.255.255",
                           "0.0.0.0",
                           "0.1.2.3",
                           "224.0.0.1",
                           "255.255.255.255",
                           "203.0.113.5",
                           "::",
                           "::2",
                           "::127.0.0.1",
                           "2001:db8::1",
                           "fec0::1",
                           "fe00::1",
                           "ff02::1",
                           "64:ff9b::7f00:1",
                           "2002:7f00:1::",
                           "1::1"}) {
    CHECK_MESSAGE(!is_private_text(text), text);
  }
}

TEST_CASE("an IPv4 address wrapped in an IPv6 one is judged as what it is") {
  CHECK(is_private_text("::ffff:127.0.0.1"));
  CHECK(is_private_text("::ffff:10.1.2.3"));
  CHECK_FALSE(is_private_text("::ffff:8.8.8.8"));
  CHECK_FALSE(is_private_text("::ffff:100.64.0.1"));
  CHECK(parse_ip("::ffff:10.1.2.3") == parse_ip("10.1.2.3"));
  CHECK(to_string(*parse_ip("::ffff:10.1.2.3")) == "10.1.2.3");
}

TEST_CASE("only complete numeric addresses are addresses") {
  for (const char* text : {"", "localhost", "127.1", "0x7f000001", "2130706433", "10.0.0.256", "10.0.0.1 ", "[::1]",
                           "::1%lo", "10.0.0.1.1", "acs.example", ":::", "1:2:3:4:5:6:7:8:9"}) {
    CHECK_MESSAGE(!parse_ip(text), text);
  }
  CHECK_FALSE(parse_ip(std::string_view("10.0.0.1\0", 9)));
  CHECK_FALSE(parse_ip(std::string(10'000, '1')));
}

TEST_CASE("socket addresses of both families are read, others are not") {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x0a010203);
  CHECK(ip_of(reinterpret_cast<const sockaddr*>(&v4)) == parse_ip("10.1.2.3"));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr.s6_addr[15] = 1;
  CHECK(ip_of(reinterpret_cast<const sockaddr*>(&v6)) == parse_ip("::1"));
  sockaddr other{};
  other.sa_family = AF_UNIX;
  CHECK_FALSE(ip_of(&other));
}

TEST_CASE("private targets need no leave, public ones need it by name or by address") {
  TargetPolicy policy;
  const auto home = *parse_ip("192.168.1.1");
  const auto out = *parse_ip("203.0.113.5");
  CHECK(policy.allows("acs.example", home));
  CHECK_FALSE(policy.allows("acs.example", out));
  policy.allowed_hosts = {"ACS.Example"};
  CHECK(policy.allows("acs.example", out));
  CHECK_FALSE(policy.allows("evil.acs.example", out));
  CHECK_FALSE(policy.allows("acs.example.evil", out));
  CHECK_FALSE(policy.allows("203.0.113.5", out));
  policy.allowed_hosts = {"203.0.113.5", "2001:DB8::1"};
  CHECK(policy.allows("acs.example", out));
  CHECK(policy.allows("2001:db8::1", *parse_ip("2001:db8:0::1")));
  CHECK_FALSE(policy.allows("203.0.113.6", *parse_ip("203.0.113.6")));
}

TEST_CASE("an empty name in the list allows nothing") {
  TargetPolicy policy;
  policy.allowed_hosts = {""};
  CHECK_FALSE(policy.allows("", *parse_ip("203.0.113.5")));
}

TEST_CASE("a refusal says what to do") {
  CHECK(TargetPolicy::refusal("acs.example", *parse_ip("203.0.113.5")) ==
        "acs.example leads to 203.0.113.5, which is not a private address; --allow-host acs.example gives leave to "
        "contact it");
  CHECK(TargetPolicy::refusal("203.0.113.5", *parse_ip("203.0.113.5")) ==
        "203.0.113.5 is not a private address; --allow-host 203.0.113.5 gives leave to contact it");
}

}  // namespace
}  // namespace cpefleet::transport
