// SPDX-License-Identifier: Apache-2.0
// The ports of a run: where they are, who may be asked, devices with addresses of their own.
#include <atomic>
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netdb.h>

#include "integration/tr111/coturn.hpp"
#include "integration/tr111/udp_port.hpp"
#include "integration/udp/fleet.hpp"
#include "integration/udp/notified_acs.hpp"
#include "scenario/load_text.hpp"
#include "tr111/udp_request.hpp"

using namespace cpefleet;
using test::Fleet;
using test::NotifiedAcs;

namespace {

constexpr const char* kRequest = "6 CONNECTION REQUEST";
const std::string kFirst = "000b82000000";
const std::string kSecond = "000b82000001";

void request(const std::string& host, std::uint16_t port, std::uint64_t ts) {
  const auto text = tr111::make_udp_request({host, ts, ts, "n"}, {"", ""});
  tr111::test::loopback_port().send(*tr111::parse_endpoint(host, port), std::as_bytes(std::span(text)));
}

Fleet::Options own_addresses() {
  Fleet::Options options;
  options.fleet =
      "{ group: desks, profile: gxp2170, count: 2, start: known, identity: { mac: \"000B82{i:06x}\", lan_ip: "
      "\"{pool.lab}\" } }";
  options.more = "pools: { lab: 127.77.0.0/24 }";
  return options;
}

scenario::Plan small_plan() {
  profile::Loader profiles({CPEFLEET_SOURCE_DIR "/profiles"});
  Diagnostics diagnostics;
  const auto plan = scenario::load_text(
      "version: 1\nname: t\nacs: { url: \"http://127.0.0.1:1/\" }\nfleet: [{ group: g, "
      "profile: gxp2170, count: 1 }]\nphases: [{ name: p, for: 1s }]\n",
      "t.yaml", scenario::file_world(profiles), {}, diagnostics);
  REQUIRE(plan);
  return *plan;
}

constexpr const char* kLateName = "late.stun.test";
std::atomic<int> failing_lookups{0};  // of kLateName; below 0: it was found

}  // namespace

// In place of the system's: a name that is unknown at first.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** out) {
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node == nullptr || std::string_view(node) != kLateName) return real(node, service, hints, out);
  if (failing_lookups-- > 0) return EAI_NONAME;
  return real("127.0.0.1", service, hints, out);
}

TEST_SUITE_BEGIN("integration.udp_ports");

TEST_CASE("with STUN off the address is the local one, and a device that has it to itself is reached there [U-9]") {
  NotifiedAcs acs(NotifiedAcs::Settings{{{"PeriodicInformInterval", "3600"}}, {"UDPConnectionRequestAddress"}});
  Fleet fleet(acs.url(), own_addresses());
  REQUIRE(acs.wait_for([&] { return acs.count("2 PERIODIC") == 2; }));
  request("127.77.0.2", fleet.udp_port(), 1000);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 1; }));
  CHECK(acs.count(kRequest, kSecond) == 1);
  request("127.77.0.1", fleet.udp_port(), 1000);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 2; }));
  CHECK(acs.count(kRequest, kFirst) == 1);
  // No device has this one, and none does STUN.
  request("127.77.0.9", fleet.udp_port(), 1001);
  request("127.77.0.1", fleet.udp_port(), 1002);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest) == 3; }));
  CHECK(acs.count(kRequest, kFirst) == 2);
}

TEST_CASE("a device with its own address asks from there, so that there is no NAT [U-3, U-8]") {
  const tr111::test::Coturn coturn;
  NotifiedAcs acs(NotifiedAcs::Settings{{{"STUNServerAddress", "127.0.0.1"},
                                         {"STUNServerPort", std::to_string(coturn.address().port)},
                                         {"STUNMinimumKeepAlivePeriod", "1"},
                                         {"STUNMaximumKeepAlivePeriod", "1"},
                                         {"STUNEnable", "true"}},
                                        {"UDPConnectionRequestAddress", "NATDetected"}});
  Fleet fleet(acs.url(), own_addresses());
  REQUIRE(acs.wait_for([&] { return fleet.count(metrics::Id::stun_attempts, "answered") >= 2; }));
  request("127.77.0.1", fleet.udp_port(), 1000);
  REQUIRE(acs.wait_for([&] { return acs.count(kRequest, kFirst) == 1; }));
  static_cast<void>(fleet.end());
  CHECK(acs.count("4 VALUE CHANGE") == 0);
}

TEST_CASE("a STUN server by name is resolved during the run [U-2]") {
  const tr111::test::Coturn coturn;
  NotifiedAcs acs(NotifiedAcs::Settings{{{"STUNServerAddress", "localhost"},
                                         {"STUNServerPort", std::to_string(coturn.address().port)},
                                         {"STUNEnable", "true"}},
                                        {"UDPConnectionRequestAddress"}});
  Fleet fleet(acs.url(), {});
  CHECK(acs.wait_for([&] { return !acs.told(kFirst, "UDPConnectionRequestAddress").empty(); }));
  CHECK(acs.wait_for([&] { return !acs.told(kSecond, "UDPConnectionRequestAddress").empty(); }));
  CHECK(fleet.end().warnings.empty());
}

TEST_CASE("a STUN server whose name leads nowhere is looked up again, for all who wait, and that is said once [U-2]") {
  const tr111::test::Coturn coturn;
  failing_lookups = 3;
  NotifiedAcs acs(NotifiedAcs::Settings{{{"STUNServerAddress", kLateName},
                                         {"STUNServerPort", std::to_string(coturn.address().port)},
                                         {"STUNEnable", "true"}},
                                        {"UDPConnectionRequestAddress"}});
  auto options = Fleet::Options{};
  options.look_up_again = std::chrono::milliseconds{50};
  Fleet fleet(acs.url(), options);
  CHECK(acs.wait_for([&] { return !acs.told(kFirst, "UDPConnectionRequestAddress").empty(); }));
  CHECK(acs.wait_for([&] { return !acs.told(kSecond, "UDPConnectionRequestAddress").empty(); }));
  CHECK(failing_lookups < 0);
  const auto& warnings = fleet.end().warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find(kLateName) != std::string::npos);
}

TEST_CASE("too many STUN servers: the others are left out, and that is said once") {
  const auto plan = small_plan();
  const auto udp = engine::UdpRequests::listen(plan, {});
  REQUIRE(udp);
  const auto server = [&](int number) {
    return (*udp)->server(fmt::format("127.0.{}.{}", number / 200, 1 + number % 200), 3478, 0);
  };
  for (int i = 0; i < 1000; ++i) REQUIRE(server(i).known());
  CHECK((*udp)->notes().empty());
  for (int i = 1000; i < 1100; ++i) REQUIRE_FALSE(server(i).known());
  CHECK(server(0).known());
  CHECK((*udp)->notes().size() == 1);
}

TEST_CASE("where no server is named, the ACS's host is asked [U-2]") {
  const tr111::test::Coturn coturn;
  NotifiedAcs acs(
      NotifiedAcs::Settings{{{"STUNServerPort", std::to_string(coturn.address().port)}, {"STUNEnable", "true"}},
                            {"UDPConnectionRequestAddress"}});
  Fleet fleet(acs.url(), {});
  CHECK(acs.wait_for([&] { return !acs.told(kFirst, "UDPConnectionRequestAddress").empty(); }));
}

TEST_CASE("a public STUN server is not asked without leave, and that is said once") {
  NotifiedAcs acs(NotifiedAcs::Settings{{{"STUNServerAddress", "203.0.113.77"}, {"STUNEnable", "true"}},
                                        {"UDPConnectionRequestAddress"}});
  Fleet fleet(acs.url(), {});
  REQUIRE(acs.wait_for([&] { return acs.count("2 PERIODIC") == 2 && !fleet.notes().empty(); }));
  // Sessions under way end first.
  const auto& warnings = fleet.end().warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("203.0.113.77") != std::string::npos);
  CHECK(warnings[0].find("--allow-host") != std::string::npos);
}

TEST_CASE("a port that is taken is an error that names the ways out; the usual one gives way by itself") {
  const auto taken = tr111::test::loopback_port();
  auto out = small_plan();
  out.connection_requests.udp_port = taken.local().port;
  const auto refused = engine::UdpRequests::listen(out, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find(std::to_string(taken.local().port)) != std::string::npos);
  CHECK(refused.error().message().find("udp_port") != std::string::npos);
  out.connection_requests.udp_port.reset();
  const auto first = engine::UdpRequests::listen(out, {});
  const auto second = engine::UdpRequests::listen(out, {});
  REQUIRE(first);
  REQUIRE(second);
  CHECK((*first)->port() != (*second)->port());
}

TEST_SUITE_END();
