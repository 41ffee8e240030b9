// SPDX-License-Identifier: Apache-2.0
// A device that is reached by UDP, in virtual time: a NAT and a STUN server are what the test says.
#include <doctest/doctest.h>

#include "device/udp_ports.hpp"
#include "real_fleet.hpp"
#include "support/stun_peer.hpp"
#include "tr111/udp_request.hpp"

using namespace cpefleet;
using namespace cpefleet::device;
using namespace std::chrono_literals;
using Codes = std::vector<std::string>;

namespace {

constexpr const char* kAddress = "Device.ManagementServer.UDPConnectionRequestAddress";
constexpr const char* kNat = "Device.ManagementServer.NATDetected";
constexpr const char* kEnable = "Device.ManagementServer.STUNEnable";

class Ports final : public UdpPorts {
 public:
  struct Sent {
    tr111::StunPort from;
    tr111::Endpoint to;
    test::StunRequest request;
  };
  [[nodiscard]] std::uint32_t route(fleet::DeviceAt device) const override { return device.index; }
  tr111::Endpoint stun_server(fleet::DeviceAt, std::string_view host, std::uint16_t port) override {
    asked = std::string(host) + ":" + std::to_string(port);
    return tr111::parse_endpoint(host == "stun.example" ? resolved : host, port).value_or(tr111::Endpoint{});
  }
  void send(fleet::DeviceAt, tr111::StunPort from, const tr111::Endpoint& to, tr111::Bytes datagram) override {
    const auto request = test::read_stun_request(datagram);
    REQUIRE(request);
    sent.push_back({from, to, *request});
  }
  void findable(fleet::DeviceAt, std::string_view username) override { names.emplace_back(username); }
  void attempted(fleet::DeviceAt, tr111::StunStep::Attempt how) override { attempts.push_back(how); }

  std::string resolved;  // stun.example
  std::string asked;
  std::vector<Sent> sent;
  std::vector<std::string> names;
  std::vector<tr111::StunStep::Attempt> attempts;
};

struct World {
  World() : phone("gxp2170") { phone.udp = &ports; }

  // The server answers the last request: this is where it saw it come from.
  void answer(const std::string& address, std::uint16_t port) {
    const auto mapped = tr111::parse_endpoint(address, port).value();
    // A change is asked about once more (BINDING-CHANGE).
    for (std::size_t seen = 0; seen != ports.sent.size();) {
      seen = ports.sent.size();
      phone.device.stun_answer(phone.context(), tr111::StunPort::primary,
                               test::stun_response(ports.sent.back().request.id, mapped));
    }
  }
  void turn_on() { phone.set({{kEnable, "true"}, {server, "192.0.2.1"}, {min, "60"}, {max, "60"}}); }
  void notify(const char* path, int level) {
    cwmp::SetParameterAttributes set;
    set.attributes.push_back({path, true, level, false, {}});
    CHECK(std::holds_alternative<cwmp::SetParameterAttributesResponse>(phone.ask(set)));
  }
  // Sessions of the device's own in this time; nothing is answered meanwhile.
  int sessions(Duration time) {
    int count = 0;
    phone.during = [&](SessionView&) { ++count; };
    phone.pass(time);
    phone.during = nullptr;
    return count;
  }
  tr111::UdpVerdict request(std::uint64_t ts, std::uint64_t id, const std::string& password = "pw") {
    return phone.device.udp_request(phone.context(),
                                    tr111::make_udp_request({"192.0.2.9:1", ts, id, "nonce"}, {"cr", password}));
  }

  static constexpr const char* server = "Device.ManagementServer.STUNServerAddress";
  static constexpr const char* min = "Device.ManagementServer.STUNMinimumKeepAlivePeriod";
  static constexpr const char* max = "Device.ManagementServer.STUNMaximumKeepAlivePeriod";
  static constexpr const char* limit = "Device.ManagementServer.UDPConnectionRequestAddressNotificationLimit";
  Ports ports;
  test::RealDevice phone;
};

}  // namespace

TEST_SUITE_BEGIN("device.udp");

TEST_CASE("STUN is silent until STUNEnable is set, and when it is set back [U-1]") {
  World world;
  CHECK(world.sessions(1h) == 0);
  CHECK(world.ports.sent.empty());
  world.turn_on();
  CHECK(world.ports.sent.size() == 1);
  CHECK(world.ports.sent[0].to == tr111::parse_endpoint("192.0.2.1", 3478));
  CHECK(world.ports.sent[0].request.connection_request_binding);
  world.answer("203.0.113.1", 4000);
  world.phone.pass(60s);
  const auto sent = world.ports.sent.size();
  CHECK(sent > 1);
  world.answer("203.0.113.1", 4000);
  world.phone.set({{kEnable, "0"}});
  world.phone.pass(1h);
  CHECK(world.ports.sent.size() == sent);
  CHECK(world.phone.device.next_due() == kNever);
}

TEST_CASE("the STUN server is the one that is named, or where the ACS is [U-2]") {
  World world;
  world.phone.set({{kEnable, "1"}});
  CHECK(world.ports.asked == "127.0.0.1:3478");
  REQUIRE_FALSE(world.ports.sent.empty());
  CHECK(world.ports.sent.back().to == tr111::parse_endpoint("127.0.0.1", 3478));
  world.phone.set({{World::server, "192.0.2.7"}, {"Device.ManagementServer.STUNServerPort", "5000"}});
  CHECK(world.ports.sent.back().to == tr111::parse_endpoint("192.0.2.7", 5000));
  world.phone.set({{World::server, ""}});
  CHECK(world.ports.asked == "127.0.0.1:5000");
  world.phone.set({{"Device.ManagementServer.STUNServerPort", "0"}});
  CHECK(world.ports.asked == "127.0.0.1:3478");
}

TEST_CASE("a server that is resolved later is asked then [U-2]") {
  World world;
  world.phone.set({{kEnable, "1"}, {World::server, "stun.example"}});
  CHECK(world.ports.asked == "stun.example:3478");
  CHECK(world.ports.sent.empty());
  world.ports.resolved = "192.0.2.8";
  world.phone.device.stun_server_known(world.phone.context());
  REQUIRE(world.ports.sent.size() == 1);
  CHECK(world.ports.sent[0].to == tr111::parse_endpoint("192.0.2.8", 3478));
}

TEST_CASE("the user name goes along, and what the ACS writes is taken up at the end of the session [U-7]") {
  World world;
  world.turn_on();
  CHECK_FALSE(world.ports.sent.back().request.username);
  world.phone.during = [&](SessionView& view) {
    const auto before = world.ports.sent.size();
    static_cast<void>(
        view.answer(cwmp::SetParameterValues{{{"Device.ManagementServer.STUNUsername", "alice", ""}}, ""}));
    CHECK(world.ports.sent.size() == before);
  };
  world.phone.session();
  CHECK(world.ports.sent.back().request.username.value_or("").starts_with("alice"));
}

TEST_CASE("the address is the local one while STUN is off or finds no NAT, else the public one [U-8, U-9]") {
  World world;
  const auto local = world.phone.get("Device.LAN.IPAddress") + ":54320";
  CHECK(world.phone.get(kAddress) == local);
  CHECK(world.phone.get(kNat) == "0");
  world.turn_on();
  CHECK(world.phone.get(kAddress) == local);
  world.answer(world.phone.get("Device.LAN.IPAddress"), 54320);
  CHECK(world.phone.get(kAddress) == local);
  CHECK(world.phone.get(kNat) == "0");
  world.phone.pass(60s);
  world.answer("203.0.113.1", 4000);
  CHECK(world.phone.get(kAddress) == "203.0.113.1:4000");
  CHECK(world.phone.get(kNat) == "1");
  world.phone.set({{kEnable, "0"}});
  CHECK(world.phone.get(kAddress) == local);
  CHECK(world.phone.get(kNat) == "0");
}

TEST_CASE("the local address has the port that is listened on [U-9]") {
  World world;
  world.phone.group->reachable.udp_port = 4711;
  CHECK(world.phone.get(kAddress) == world.phone.get("Device.LAN.IPAddress") + ":4711");
}

TEST_CASE("a changed address is told at once where notification is active, and the Inform has it [U-9, N-8]") {
  World world;
  world.notify(kAddress, 2);
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  CHECK(world.sessions(1s) == 1);
  CHECK(world.phone.events == Codes{"4 VALUE CHANGE"});
  CHECK(world.phone.told(kAddress) == "203.0.113.1:4000");
  CHECK(world.sessions(30s) == 0);
  world.phone.set({{kEnable, "0"}});
  CHECK(world.sessions(1s) == 1);
  CHECK(world.phone.told(kAddress) == world.phone.get("Device.LAN.IPAddress") + ":54320");
}

TEST_CASE("a passive change goes with the next Inform, one without notification nowhere [N-1, N-2, U-9]") {
  World world;
  world.notify(kAddress, 1);
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  CHECK(world.sessions(30s) == 0);
  static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::periodic, {}}));
  world.phone.session();
  CHECK(world.phone.events == Codes{"2 PERIODIC", "4 VALUE CHANGE"});
  CHECK(world.phone.told(kAddress) == "203.0.113.1:4000");
}

TEST_CASE("active notifications of the address are not closer than the limit, and no change is lost [N-8]") {
  World world;
  world.phone.set({{World::limit, "300"}});
  world.notify(kAddress, 2);
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  CHECK(world.sessions(1s) == 1);
  const auto told = world.phone.clock.now();
  // The NAT gives a new port with each keep-alive.
  for (std::uint16_t port = 4001; port < 4005; ++port) {
    world.phone.pass(60s - 1s);
    CHECK(world.sessions(1s) == 0);
    world.answer("203.0.113.1", port);
    CHECK(world.phone.get(kAddress) == "203.0.113.1:" + std::to_string(port));
  }
  CHECK(world.phone.clock.now() - told < 300s);
  CHECK(world.phone.told(kAddress) == "203.0.113.1:4000");
  CHECK(world.sessions(told + 298s - world.phone.clock.now()) == 0);
  CHECK(world.sessions(3s) == 1);
  CHECK(world.phone.told(kAddress) == "203.0.113.1:4004");
}

TEST_CASE("what another Inform told is not told again when the limit is over [N-8]") {
  World world;
  world.phone.set({{World::limit, "300"}});
  world.notify(kAddress, 2);
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  CHECK(world.sessions(1s) == 1);
  world.phone.pass(59s);
  world.answer("203.0.113.1", 4001);
  static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::periodic, {}}));
  world.phone.session();
  CHECK(world.phone.told(kAddress) == "203.0.113.1:4001");
  CHECK(world.sessions(600s) == 0);
}

TEST_CASE("a change during the session that told of one before it waits for the limit too [N-8]") {
  World world;
  world.phone.set({{World::limit, "300"}});
  world.notify(kAddress, 2);
  world.notify(kNat, 2);
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  {
    SessionView view(world.phone.device, world.phone.context());
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    view.inform_accepted();
    world.phone.clock.advance(60s);
    static_cast<void>(world.phone.device.on_timer(world.phone.context()));
    world.answer("203.0.113.1", 4001);
    static_cast<void>(world.phone.device.session_ended(world.phone.context(), view, {}));
  }
  CHECK(world.sessions(239s) == 0);
  CHECK(world.sessions(2s) == 1);
  CHECK(world.phone.told(kAddress) == "203.0.113.1:4001");
}

TEST_CASE("NATDetected is not under the limit of the address [N-8]") {
  World world;
  world.phone.set({{World::limit, "300"}});
  world.notify(kAddress, 2);
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  CHECK(world.sessions(1s) == 1);
  world.notify(kNat, 2);
  world.phone.pass(59s);
  world.answer(world.phone.get("Device.LAN.IPAddress"), 54320);
  CHECK(world.sessions(1s) == 1);
  CHECK(world.phone.told(kNat) == "0");
}

TEST_CASE("a restart forgets the binding and asks anew [B-2]") {
  World world;
  SUBCASE("with a request accepted before") {
    world.phone.set({{"Device.ManagementServer.ConnectionRequestUsername", "cr"},
                     {"Device.ManagementServer.ConnectionRequestPassword", "pw"}});
    CHECK(world.request(1000, 1).kind == tr111::UdpVerdict::Kind::accepted);
  }
  SUBCASE("without one") {}
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  CHECK(world.phone.get(kNat) == "1");
  const auto sent = world.ports.sent.size();
  CHECK(std::holds_alternative<cwmp::RebootResponse>(world.phone.ask(cwmp::Reboot{"k"})));
  CHECK(world.phone.get(kNat) == "0");
  CHECK(world.phone.get(kAddress) == world.phone.get("Device.LAN.IPAddress") + ":54320");
  // An answer that comes while it is down finds nobody.
  world.phone.device.stun_answer(
      world.phone.context(), tr111::StunPort::primary,
      test::stun_response(world.ports.sent.back().request.id, *tr111::parse_endpoint("203.0.113.1", 4000)));
  CHECK(world.phone.get(kNat) == "0");
  CHECK(world.ports.sent.size() == sent);
  world.phone.pass(world.phone.group->profile->boot_time);
  REQUIRE(world.ports.sent.size() == sent + 1);
  CHECK_FALSE(world.ports.sent.back().request.binding_change);
  world.answer("203.0.113.1", 4009);
  CHECK(world.phone.get(kAddress) == "203.0.113.1:4009");
}

TEST_CASE("a request is judged with the device's login, and the last time stamp outlives a restart [U-14, B-1]") {
  World world;
  using Verdict = tr111::UdpVerdict::Kind;
  world.phone.set({{"Device.ManagementServer.ConnectionRequestUsername", "cr"},
                   {"Device.ManagementServer.ConnectionRequestPassword", "pw"}});
  CHECK(world.request(1000, 1, "wrong").kind == Verdict::ignored);
  CHECK(world.phone.device.udp_request_ts() == 0);
  CHECK(world.request(1000, 1).kind == Verdict::accepted);
  CHECK(world.request(1000, 1).kind == Verdict::duplicate);
  CHECK(std::holds_alternative<cwmp::RebootResponse>(world.phone.ask(cwmp::Reboot{"k"})));
  world.phone.pass(1min);
  CHECK(world.request(1000, 2).kind == Verdict::ignored);
  CHECK(world.request(1001, 2).kind == Verdict::accepted);
  CHECK(world.phone.device.udp_request_ts() == 1001);

  World another;
  another.phone.set({{"Device.ManagementServer.ConnectionRequestUsername", "cr"},
                     {"Device.ManagementServer.ConnectionRequestPassword", "pw"}});
  another.phone.device.restore_udp_request_ts(1001);
  CHECK(another.request(1001, 3).kind == Verdict::ignored);
  CHECK(another.request(1002, 3).kind == Verdict::accepted);
}

TEST_CASE("the user name of requests is followed") {
  World world;
  world.turn_on();
  CHECK(world.ports.names == std::vector<std::string>{""});
  world.phone.set({{"Device.ManagementServer.ConnectionRequestUsername", "cr"}});
  CHECK(world.ports.names == std::vector<std::string>{"", "cr"});
}

TEST_CASE("no server answers: the attempt is counted, and the next one comes with the period [U-11]") {
  World world;
  world.turn_on();
  world.phone.pass(9s);
  CHECK(world.ports.sent.size() == 9);
  CHECK(world.ports.attempts.empty());
  world.phone.pass(1s);
  CHECK(world.ports.attempts == std::vector{tr111::StunStep::Attempt::timed_out});
}

TEST_CASE("without a link nothing is sent and nothing is heard") {
  World world;
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  const auto sent = world.ports.sent.size();
  static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::offline, {}}));
  world.phone.pass(10min);
  CHECK(world.ports.sent.size() == sent);
  static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::online, {}}));
  CHECK(world.ports.sent.size() == sent + 1);
  static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::offline, {}}));
  world.answer("203.0.113.1", 4001);
  CHECK(world.phone.get(kAddress) == "203.0.113.1:4000");
  static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::online, {}}));
  CHECK(world.phone.device.next_due() > world.phone.clock.now());  // nothing is late
}

TEST_CASE("a device that boots without a link asks when it has one") {
  World world;
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  const auto sent = world.ports.sent.size();
  CHECK(std::holds_alternative<cwmp::RebootResponse>(world.phone.ask(cwmp::Reboot{"k"})));
  static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::offline, {}}));
  world.phone.pass(10min);
  CHECK(world.ports.sent.size() == sent);
  static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::online, {}}));
  CHECK(world.phone.device.next_due() == world.phone.clock.now());
  world.phone.pass(1ms);
  CHECK(world.ports.sent.size() == sent + 1);
}

TEST_CASE("what a session kept from being told is not late when it is told") {
  World world;
  world.notify(kAddress, 2);
  world.turn_on();
  {
    SessionView view(world.phone.device, world.phone.context());
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    view.inform_accepted();
    world.answer("203.0.113.1", 4000);
    world.phone.clock.advance(5s);
    static_cast<void>(world.phone.device.on_timer(world.phone.context()));
    static_cast<void>(world.phone.device.session_ended(world.phone.context(), view, {}));
  }
  CHECK(world.phone.device.next_due() == world.phone.clock.now());
  CHECK(world.sessions(1ms) == 1);
  CHECK(world.phone.told(kAddress) == "203.0.113.1:4000");
}

TEST_CASE("requests that keep coming do not put off the session they ask for [C-6, U-15]") {
  World world;
  const auto begin = world.phone.clock.now();
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(world.phone.device.stimulate(world.phone.context(), {Stimulus::Kind::connection_request, {}}));
    world.phone.device.postpone(OwnTrigger::connection_request, world.phone.clock.now() + 10ms);
    world.phone.clock.advance(5ms);
  }
  CHECK(world.phone.device.next_due() == begin + 10ms);
  CHECK(world.phone.device.on_timer(world.phone.context()).trigger == OwnTrigger::connection_request);
}

TEST_CASE("a factory reset keeps the login of requests, and the last time stamp with it [U-14]") {
  World world;
  world.phone.set({{"Device.ManagementServer.ConnectionRequestUsername", "cr"},
                   {"Device.ManagementServer.ConnectionRequestPassword", "pw"}});
  REQUIRE(world.request(1000, 1).kind == tr111::UdpVerdict::Kind::accepted);
  world.phone.ask(cwmp::FactoryReset{});
  world.phone.pass(5min);
  CHECK(world.request(1000, 2).kind == tr111::UdpVerdict::Kind::ignored);
  CHECK(world.request(1001, 3).kind == tr111::UdpVerdict::Kind::accepted);
}

TEST_CASE("after a kill of the program STUN begins anew, and an old request stays old [B-1, B-2]") {
  World world;
  world.phone.set({{"Device.ManagementServer.ConnectionRequestUsername", "cr"},
                   {"Device.ManagementServer.ConnectionRequestPassword", "pw"}});
  world.turn_on();
  world.answer("203.0.113.1", 4000);
  REQUIRE(world.phone.get(kNat) == "1");
  REQUIRE(world.request(1000, 1).kind == tr111::UdpVerdict::Kind::accepted);
  auto record = world.phone.device.record(world.phone.context());
  CHECK(record.udp_request_ts == 1000);
  world.phone.device = Device(world.phone.context(), world.phone.device.index());
  world.phone.device.restore(world.phone.context(), std::move(record));
  CHECK(world.phone.get(kNat) == "0");
  CHECK(world.request(1000, 2).kind == tr111::UdpVerdict::Kind::ignored);
  CHECK(world.request(1001, 3).kind == tr111::UdpVerdict::Kind::accepted);
  world.ports.sent.clear();
  for (int i = 0; i < 600 && world.ports.sent.empty(); ++i) world.phone.pass(100ms);
  REQUIRE_FALSE(world.ports.sent.empty());
  world.answer("203.0.113.1", 4000);
  CHECK(world.phone.get(kNat) == "1");
}

TEST_CASE("where there are no sockets, as in simulated time, STUN does nothing") {
  World world;
  world.phone.udp = nullptr;
  world.turn_on();
  world.phone.pass(1h);
  CHECK(world.ports.sent.empty());
  CHECK(world.phone.get(kNat) == "0");
}

TEST_CASE("a device without STUN pays nothing, and one with it keeps its binding in one place") {
  test::RealDevice phone("gxp2170");
  CHECK(phone.device.heap_bytes() == 0);
  World world;
  const auto before = world.phone.device.heap_bytes();
  world.turn_on();
  const auto with = world.phone.device.heap_bytes();
  CHECK(with > before);
  world.answer("203.0.113.1", 4000);
  CHECK(world.phone.device.heap_bytes() == with);  // the binding is nowhere else
}

TEST_SUITE_END();
