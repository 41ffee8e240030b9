// SPDX-License-Identifier: Apache-2.0
// Against coturn: what an ACS does to reach devices by UDP, from turning STUN on to the session.
#include "integration/udp/fleet.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/text.hpp"
#include "base/url.hpp"
#include "integration/tr111/coturn.hpp"
#include "integration/tr111/udp_port.hpp"
#include "integration/udp/notified_acs.hpp"
#include "support/temp_directory.hpp"
#include "tr111/udp_request.hpp"

using namespace cpefleet;
using metrics::Id;
using test::Fleet;
using test::NotifiedAcs;

namespace {

constexpr const char* kChange = "4 VALUE CHANGE";
constexpr const char* kRequest = "6 CONNECTION REQUEST";
constexpr const char* kAddress = "UDPConnectionRequestAddress";
const std::string kFirst = "000b82000000";
const std::string kSecond = "000b82000001";

NotifiedAcs::Settings settings_for(const tr111::Endpoint& server) {
  return {{{"ConnectionRequestUsername", "acs"},
           {"ConnectionRequestPassword", "secret"},
           {"STUNServerAddress", tr111::address_text(server)},
           {"STUNServerPort", std::to_string(server.port)},
           {"STUNMinimumKeepAlivePeriod", "1"},
           {"STUNMaximumKeepAlivePeriod", "1"},
           {"STUNEnable", "true"}},
          {kAddress, "NATDetected"}};
}

tr111::Endpoint endpoint_of(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port = parse_uint(std::string_view(text).substr(colon + 1));
  REQUIRE(port);
  const auto out = tr111::parse_endpoint(text.substr(0, colon), static_cast<std::uint16_t>(*port));
  REQUIRE(out);
  return *out;
}

// Sends as an ACS does.
struct Sender {
  tr111::test::UdpPort port = tr111::test::loopback_port();
  void send(const std::string& to, std::string_view text) const {
    port.send(endpoint_of(to), std::as_bytes(std::span(text)));
  }
  void request(const std::string& to, std::uint64_t ts, std::uint64_t id, const std::string& username = "acs",
               const std::string& password = "secret") const {
    send(to, tr111::make_udp_request({to, ts, id, "nonce"}, {username, password}));
  }
};

std::uint64_t by_reason(const report::RunResults& results, Id id, std::string_view reason) {
  metrics::Filter filter;
  filter.any_tag = false;
  filter.tag = std::string(reason);
  return results.snapshot.count(id, filter);
}

}  // namespace

TEST_SUITE_BEGIN("integration.udp");

TEST_CASE(
    "STUN that the ACS turns on: the address is told at once, and a request to it leads to one session "
    "[U-1, U-3, U-8, U-9, U-15]") {
  const tr111::test::Coturn coturn;
  NotifiedAcs acs(settings_for(coturn.address()));
  Fleet::Options one;
  one.fleet = "{ group: desks, profile: gxp2170, count: 1, start: known, identity: { mac: \"000B82{i:06x}\" } }";
  Fleet fleet(acs.url(), one);
  // The device takes this machine for the NAT in front of it.
  const auto address = fmt::format("127.0.0.1:{}", fleet.udp_port());
  REQUIRE(acs.wait_for([&] { return acs.told(kFirst, kAddress) == address; }));
  CHECK(acs.told(kFirst, "NATDetected") == "1");
  CHECK(acs.count(kChange) == 1);
  const Sender sender;
  sender.request(address, 1000, 1, "acs", "wrong");
  sender.request(address, 1000, 1, "other", "secret");
  sender.send(address, "GET http://h:1?ts=1 HTTP/1.1\r\n\r\n");
  for (int copy = 0; copy < 3; ++copy) sender.request(address, 1000, 1);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 1; }));
  // The next one comes behind whatever the others could have led to.
  sender.request(address, 1001, 2);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 2; }));
  CHECK(acs.count(kRequest, kFirst) == 2);
  const auto& results = fleet.end();
  CHECK(acs.count(kRequest) == 2);
  CHECK(by_reason(results, Id::connection_requests, "udp_accepted") +
            by_reason(results, Id::connection_requests, "udp_queued") ==
        2);
  CHECK(by_reason(results, Id::connection_requests, "udp_duplicate") == 2);
  CHECK(by_reason(results, Id::connection_requests, "udp_ignored") == 1);
  CHECK(by_reason(results, Id::stun_attempts, "answered") >= 1);
  CHECK(by_reason(results, Id::stun_attempts, "timed_out") == 0);
}

TEST_CASE("a request during a session has its own behind it, one for all of them [U-15]") {
  const tr111::test::Coturn coturn;
  NotifiedAcs acs(settings_for(coturn.address()));
  Fleet::Options one;
  one.fleet = "{ group: desks, profile: gxp2170, count: 1, start: known, identity: { mac: \"000B82{i:06x}\" } }";
  Fleet fleet(acs.url(), one);
  REQUIRE(acs.wait_for([&] { return !acs.told(kFirst, kAddress).empty(); }));
  const auto address = acs.told(kFirst, kAddress);
  const Sender sender;
  acs.hold(kFirst);
  sender.request(address, 1000, 1);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 1; }));
  sender.request(address, 1001, 2);
  sender.request(address, 1002, 3);
  sender.request(address, 1002, 3);
  const auto before = acs.informs().size();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  CHECK(acs.informs().size() == before);
  acs.release();
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 2; }));
  sender.request(address, 1003, 4);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 3; }));
  const auto& results = fleet.end();
  CHECK(acs.count(kRequest) == 3);
  CHECK(by_reason(results, Id::connection_requests, "udp_queued") >= 2);
}

TEST_CASE(
    "devices at one address are told apart by their user names, STUN answers and garbage disturb nobody "
    "[U-18]") {
  const tr111::test::Coturn coturn;
  auto settings = settings_for(coturn.address());
  settings.values.erase(settings.values.begin());  // the user name is the device's own
  NotifiedAcs acs(settings);
  Fleet::Options options;
  options.fleet = "{ group: desks, profile: " CPEFLEET_SOURCE_DIR
                  "/tests/integration/udp/named.yaml, count: 2, start: known, identity: { mac: \"000B82{i:06x}\" } }";
  Fleet fleet(acs.url(), options);
  const auto address = fmt::format("127.0.0.1:{}", fleet.udp_port());
  REQUIRE(
      acs.wait_for([&] { return acs.told(kFirst, kAddress) == address && acs.told(kSecond, kAddress) == address; }));
  const Sender sender;
  // On the port of the answers: a response that nobody asked for, a truncated one, noise.
  sender.send(address, std::string_view("\x01\x01\0\0aaaaaaaaaaaaaaaa", 20));
  sender.send(address, std::string_view("\x01\x01\0", 3));
  sender.send(address, std::string_view("\xff", 1));
  sender.send(address, "");
  sender.request(address, 1000, 1, kSecond);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 1; }));
  CHECK(acs.count(kRequest, kSecond) == 1);
  sender.request(address, 1000, 1, kFirst);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 2; }));
  CHECK(acs.count(kRequest, kFirst) == 1);
  const auto& results = fleet.end();
  CHECK(by_reason(results, Id::stun_attempts, "answered") >= 2);
}

TEST_CASE("ConnectionRequestURL stays served while UDP is [U-16]") {
  const tr111::test::Coturn coturn;
  auto settings = settings_for(coturn.address());
  settings.values.erase(settings.values.begin(), settings.values.begin() + 2);  // no login is asked for
  NotifiedAcs acs(settings);
  Fleet fleet(acs.url(), {});
  REQUIRE(acs.wait_for([&] { return !acs.told(kFirst, kAddress).empty() && !acs.told(kSecond, kAddress).empty(); }));
  const auto parsed = parse_url(acs.told(kSecond, "ConnectionRequestURL"));
  REQUIRE(parsed);
  transport::test::Socket socket(parsed->port);
  REQUIRE(socket.connected);
  socket.send(fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", parsed->target));
  CHECK(socket.receive_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK(acs.wait_for([&] { return acs.count(kRequest, kSecond) == 1; }));
  CHECK(acs.count(kRequest) == 1);
}

TEST_CASE("a flood of what is not signed starts nothing and keeps nobody from his session") {
  const tr111::test::Coturn coturn;
  NotifiedAcs acs(settings_for(coturn.address()));
  Fleet fleet(acs.url(), {});
  REQUIRE(acs.wait_for([&] { return !acs.told(kFirst, kAddress).empty() && !acs.told(kSecond, kAddress).empty(); }));
  const auto address = acs.told(kFirst, kAddress);
  const Sender sender;
  for (std::uint64_t i = 0; i < 20'000; ++i) sender.request(address, 1000 + i, i, "acs", "guess");
  // Some of these are lost in the crowd.
  constexpr std::uint64_t kOwn = 1'000'000;
  std::uint64_t sent = 0;
  REQUIRE(acs.wait_for([&] {
    ++sent;
    sender.request(address, kOwn + sent, kOwn + sent);
    return acs.count(kRequest) > 0;
  }));
  const auto& results = fleet.end();
  const auto became = [&](std::string_view reason) { return by_reason(results, Id::connection_requests, reason); };
  const auto valid = became("udp_accepted") + became("udp_queued") + became("udp_throttled");
  CHECK(valid >= 1);
  CHECK(valid <= 2 * sent);  // both devices have this login, each on a thread of its own
  CHECK(became("udp_duplicate") == 0);
  CHECK(became("udp_ignored") > 0);
  CHECK(acs.count(kRequest) <= became("udp_accepted") + became("udp_queued"));
}

TEST_CASE("of a request that was accepted the time stamp is in the state file before its session is over [U-14, B-1]") {
  const tr111::test::Coturn coturn;
  NotifiedAcs acs(settings_for(coturn.address()));
  const test::TempDirectory directory;
  Fleet::Options one;
  one.fleet = "{ group: desks, profile: gxp2170, count: 1, start: known, identity: { mac: \"000B82{i:06x}\" } }";
  one.state_file = directory.path() + "/fleet.state";
  Fleet fleet(acs.url(), one);
  REQUIRE(acs.wait_for([&] { return !acs.told(kFirst, kAddress).empty() && fleet.in_flight() == 0; }));
  const auto address = acs.told(kFirst, kAddress);
  acs.hold(kFirst);
  const Sender sender;
  sender.request(address, 1000, 1);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 1; }));
  CHECK(acs.wait_for([&] { return fleet.time_stamp_in_file() == 1000; }));
  acs.release();
}

TEST_SUITE_END();
