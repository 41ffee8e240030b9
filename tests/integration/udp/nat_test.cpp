// SPDX-License-Identifier: Apache-2.0
// A whole run behind a kernel's NAT, in network namespaces of its own; skipped with a message where those may not be made.
#include <atomic>
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "integration/tr111/kernel_nat.hpp"
#include "integration/tr111/pump.hpp"
#include "integration/udp/fleet.hpp"
#include "integration/udp/notified_acs.hpp"
#include "tr111/udp_request.hpp"

using namespace cpefleet;
using test::Fleet;
using test::NotifiedAcs;

TEST_SUITE_BEGIN("integration.udp_nat");

TEST_CASE(
    "behind a kernel's NAT the public address is told, requests come through it, and a new one is told too "
    "[U-3, U-8, U-9, U-15]") {
  std::string reason;
  const auto nat = tr111::test::KernelNat::make(reason);
  if (!nat) {
    MESSAGE("skipped, not tested here: " << reason);
    return;
  }
  tr111::test::Responder responder(nat->server_port());
  const auto server = responder.port().local();
  std::atomic<bool> over{false};
  std::thread stun([&] {
    while (!over) {
      responder.serve();
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  });
  std::optional<NotifiedAcs> acs;
  nat->in_server([&] {
    acs.emplace(NotifiedAcs::Settings{{{"ConnectionRequestUsername", "acs"},
                                       {"ConnectionRequestPassword", "secret"},
                                       {"STUNServerPort", std::to_string(server.port)},
                                       {"STUNMinimumKeepAlivePeriod", "1"},
                                       {"STUNMaximumKeepAlivePeriod", "1"},
                                       {"STUNEnable", "true"}},
                                      {"UDPConnectionRequestAddress"}},
                "203.0.113.2");
  });
  {
    Fleet::Options options;
    options.fleet =
        "{ group: desks, profile: gxp2170, count: 1, start: known, identity: { mac: \"000B82{i:06x}\", lan_ip: "
        "10.77.0.2 } }";
    options.allowed_hosts = {"203.0.113.2"};
    options.inside = [&nat](const std::function<void()>& what) { nat->in_device(what); };
    Fleet fleet(acs->url(), options);
    const std::string serial = "000b82000000";
    const auto told = [&] { return acs->told(serial, "UDPConnectionRequestAddress"); };
    const auto send = [&](std::uint64_t ts) {
      const auto address = told();
      const auto colon = address.rfind(':');
      const auto text = tr111::make_udp_request({address, ts, ts, "n"}, {"acs", "secret"});
      // From where the STUN server stands: a binding lets nobody else in.
      responder.port().send(*tr111::parse_endpoint(address.substr(0, colon),
                                                   static_cast<std::uint16_t>(*parse_uint(address.substr(colon + 1)))),
                            std::as_bytes(std::span(text)));
    };
    REQUIRE(acs->wait_for([&] { return told().starts_with("203.0.113.1:"); }));
    send(1000);
    CHECK(acs->wait_for([&] { return acs->count("6 CONNECTION REQUEST", serial) == 1; }));

    const auto before = told();
    if (nat->forget_bindings()) {
      // The port is drawn anew, and may once in a while be the same again.
      CHECK(acs->wait_for([&] {
        if (told() != before) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{1500});
        if (told() == before) static_cast<void>(nat->forget_bindings());
        return told() != before;
      }));
      send(1001);
      CHECK(acs->wait_for([&] { return acs->count("6 CONNECTION REQUEST", serial) == 2; }));
    } else {
      MESSAGE("not tested here: this kernel's bindings cannot be deleted");
    }
  }
  over = true;
  stun.join();
}

TEST_SUITE_END();
