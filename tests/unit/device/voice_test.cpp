// SPDX-License-Identifier: Apache-2.0
#include "device/voice.hpp"

#include <algorithm>
#include <doctest/doctest.h>

#include "real_fleet.hpp"

using namespace cpefleet;
using namespace cpefleet::device;
using namespace std::chrono_literals;
using test::RealDevice;
using Kind = Stimulus::Kind;

namespace {

constexpr const char* kProfileEnable = "Device.Services.VoiceService.1.VoiceProfile.1.Enable";
constexpr const char* kServer = "Device.Services.VoiceService.1.VoiceProfile.1.SIP.RegistrarServer";
const std::string kLine = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.";

void enable_account(RealDevice& phone, const char* server = "sip.example.com") {
  phone.set({{kServer, server}, {kProfileEnable, "Enabled"}, {kLine + "Enable", "Enabled"}});
}

Admission set_at_device(RealDevice& phone, std::string path, std::string value) {
  Stimulus stimulus;
  stimulus.kind = Kind::set;
  stimulus.path = std::move(path);
  stimulus.value = std::move(value);
  return phone.device.stimulate(phone.context(), stimulus);
}

Admission call(RealDevice& phone, fleet::CallPlan plan = {}) {
  Stimulus stimulus;
  stimulus.kind = Kind::call;
  stimulus.call = plan;
  return phone.device.stimulate(phone.context(), stimulus);
}

}  // namespace

TEST_SUITE_BEGIN("device.voice");

TEST_CASE("enabling an account makes its line register, then be up [T-4]") {
  RealDevice phone("gxp2170");
  CHECK(phone.get(kLine + "Status") == "Disabled");
  enable_account(phone);
  CHECK(phone.get(kLine + "Status") == "Registering");
  phone.pass(2s);
  CHECK(phone.get(kLine + "Status") == "Up");
  CHECK(phone.get(kLine + "CallState") == "Idle");
  CHECK(phone.get("Device.Services.VoiceService.1.VoiceProfile.2.Line.1.Status") == "Disabled");
}

TEST_CASE("without a server there is nothing to register with [T-5]") {
  RealDevice phone("gxp2170");
  enable_account(phone, "");
  phone.pass(2s);
  CHECK(phone.get(kLine + "Status") == "Error");
}

TEST_CASE("Quiescent counts as Disabled, of a line as of its profile [T-3]") {
  RealDevice phone("gxp2170");
  enable_account(phone);
  phone.pass(2s);
  for (const auto& enable : {std::string(kProfileEnable), kLine + "Enable"}) {
    for (const auto* off : {"Quiescent", "Disabled"}) {
      CHECK(phone.get(kLine + "Status") == "Up");
      phone.set({{enable, off}});
      CHECK(phone.get(kLine + "Status") == "Disabled");
      phone.set({{enable, "Enabled"}});
      phone.pass(2s);
    }
  }
}

TEST_CASE("a proxy does where no registrar is given [T-5]") {
  RealDevice phone("gxp2170");
  phone.set({{"Device.Services.VoiceService.1.VoiceProfile.1.SIP.ProxyServer", "proxy.example.com"}});
  enable_account(phone, "");
  phone.pass(2s);
  CHECK(phone.get(kLine + "Status") == "Up");
}

TEST_CASE("switching a line off ends its calls [T-4]") {
  RealDevice phone("gxp2170");
  enable_account(phone);
  phone.pass(2s);
  CHECK(call(phone) == Admission::quiet);
  phone.pass(4s);
  CHECK(phone.get(kLine + "CallState") == "InCall");
  phone.set({{kLine + "Enable", "Disabled"}});
  CHECK(phone.get(kLine + "Status") == "Disabled");
  CHECK(phone.get(kLine + "CallState") == "Idle");
  CHECK(phone.names(kLine + "Session.").empty());
}

TEST_CASE("a call drives CallState, a Session row and the statistics [T-4, T-9]") {
  RealDevice phone("gxp2170");
  enable_account(phone);
  CHECK(call(phone) == Admission::skipped_no_line);  // not registered yet
  phone.pass(2s);
  CHECK(phone.names(kLine + "Session.").empty());
  CHECK(call(phone) == Admission::quiet);
  CHECK(phone.get(kLine + "CallState") == "Calling");
  CHECK(phone.get(kLine + "Stats.OutgoingCallsAttempted") == "1");
  phone.pass(3s);
  CHECK(phone.get(kLine + "CallState") == "InCall");
  REQUIRE(phone.names(kLine + "Session.") == std::vector<std::string>{kLine + "Session.1."});
  phone.pass(30s);
  CHECK(phone.get(kLine + "Session.1.SessionDuration") == "30");
  CHECK(phone.get(kLine + "Session.1.SessionStartTime") != "0001-01-01T00:00:00Z");
  phone.pass(30s);
  CHECK(phone.get(kLine + "CallState") == "Idle");
  CHECK(phone.names(kLine + "Session.").empty());
  CHECK(phone.get(kLine + "Stats.OutgoingCallsAnswered") == "1");
  CHECK(phone.get(kLine + "Stats.TotalCallTime") == "60");
  CHECK(phone.get(kLine + "Stats.PacketsSent") == "3000");
  phone.set({{kLine + "Stats.ResetStatistics", "1"}});
  CHECK(phone.get(kLine + "Stats.TotalCallTime") == "0");
  CHECK(phone.get(kLine + "Stats.ResetStatistics") == "0");
}

TEST_CASE("an incoming call that nobody answers rings and fails [T-4, T-9]") {
  RealDevice phone("gxp2170");
  enable_account(phone);
  phone.pass(2s);
  fleet::CallPlan plan;
  plan.incoming = true;
  plan.answered = false;
  CHECK(call(phone, plan) == Admission::quiet);
  CHECK(phone.get(kLine + "CallState") == "Ringing");
  phone.pass(3s);
  CHECK(phone.get(kLine + "CallState") == "Idle");
  CHECK(phone.get(kLine + "Stats.IncomingCallsReceived") == "1");
  CHECK(phone.get(kLine + "Stats.IncomingCallsFailed") == "1");
}

TEST_CASE("VoiceProfile.Reset registers all its lines anew [P-31]") {
  RealDevice phone("gxp2170");
  enable_account(phone);
  phone.pass(2s);
  phone.set({{"Device.Services.VoiceService.1.VoiceProfile.1.Reset", "1"}});
  CHECK(phone.get(kLine + "Status") == "Registering");
  phone.pass(2s);
  CHECK(phone.get(kLine + "Status") == "Up");
}

TEST_CASE("an active rule on Line.Status starts a session when the registration is over [N-2, T-4]") {
  RealDevice phone("gxp2170");
  phone.ask(cwmp::SetParameterAttributes{{{kLine + "Status", true, 2, false, {}}}});
  enable_account(phone);
  CHECK(phone.events == std::vector<std::string>{"4 VALUE CHANGE"});
  CHECK(phone.told(kLine + "Status") == "Registering");
  phone.pass(2s);
  CHECK(phone.events == std::vector<std::string>{"4 VALUE CHANGE"});
  CHECK(phone.told(kLine + "Status") == "Up");
}

TEST_CASE("of several profiles that are reset, each may ask for the session [N-2, P-31]") {
  RealDevice phone("gxp2170");
  const std::string second = "Device.Services.VoiceService.1.VoiceProfile.2.";
  enable_account(phone);
  phone.set({{second + "SIP.RegistrarServer", "sip.example.com"},
             {second + "Enable", "Enabled"},
             {second + "Line.1.Enable", "Enabled"}});
  phone.pass(2s);
  phone.ask(cwmp::SetParameterAttributes{{{kLine + "Status", true, 2, false, {}}}});
  phone.set({{"Device.Services.VoiceService.1.VoiceProfile.1.Reset", "1"}, {second + "Reset", "1"}});
  CHECK(phone.events == std::vector<std::string>{"4 VALUE CHANGE"});
  CHECK(phone.told(kLine + "Status") == "Registering");
}

TEST_CASE("a line switched at the device itself asks for the session that its Status wants [N-2, T-4]") {
  RealDevice phone("gxp2170");
  enable_account(phone);
  phone.pass(2s);
  phone.ask(cwmp::SetParameterAttributes{{{kLine + "Status", true, 2, false, {}}}});
  CHECK(set_at_device(phone, kLine + "Enable", "Disabled") == Admission::start);
  phone.session();
  CHECK(phone.events == std::vector<std::string>{"4 VALUE CHANGE"});
  CHECK(phone.told(kLine + "Status") == "Disabled");
}

TEST_CASE("Reboot and FactoryReset wait for the end of the last call") {
  RealDevice phone("gxp2170");
  enable_account(phone);
  phone.pass(2s);
  fleet::CallPlan plan;
  plan.length = 20s;
  CHECK(call(phone, plan) == Admission::quiet);
  phone.pass(5s);
  SUBCASE("the call runs out") {
    phone.ask(cwmp::Reboot{"later"});
    CHECK(!phone.device.offline());
    phone.pass(18s);
  }
  SUBCASE("somebody hangs up") {
    phone.ask(cwmp::Reboot{"later"});
    CHECK(!phone.device.offline());
    Stimulus stimulus;
    stimulus.kind = Kind::hang_up;
    CHECK(phone.device.stimulate(phone.context(), stimulus) == Admission::quiet);
  }
  SUBCASE("somebody switches the line off at the device") {
    phone.ask(cwmp::Reboot{"later"});
    CHECK(set_at_device(phone, kLine + "Enable", "Disabled") == Admission::quiet);
    CHECK(phone.device.offline());
    phone.pass(5min);
    CHECK(phone.events == std::vector<std::string>{"1 BOOT", "M Reboot"});
    return;
  }
  SUBCASE("it ends while a session is under way") {
    phone.ask(cwmp::Reboot{"later"});
    phone.during = [&](SessionView&) {
      Stimulus stimulus;
      stimulus.kind = Kind::hang_up;
      CHECK(phone.device.stimulate(phone.context(), stimulus) == Admission::quiet);
      CHECK(!phone.device.offline());
    };
    phone.session();
    phone.during = nullptr;
  }
  CHECK(phone.device.offline());
  phone.pass(5min);
  CHECK(phone.events == std::vector<std::string>{"1 BOOT", "M Reboot"});
  CHECK(phone.get(kLine + "Status") == "Up");  // registered again
}

TEST_CASE("no call outlives a restart [B-2]") {
  RealDevice phone("gxp2170");
  enable_account(phone);
  phone.pass(2s);
  CHECK(call(phone) == Admission::quiet);
  phone.pass(10s);
  Stimulus power_cut;
  power_cut.kind = Kind::boot;
  CHECK(phone.device.stimulate(phone.context(), power_cut) == Admission::start);
  phone.session();
  CHECK(phone.names(kLine + "Session.").empty());
  CHECK(phone.get(kLine + "CallState") == "Idle");
  CHECK(phone.get(kLine + "Status") == "Registering");
}

TEST_SUITE_END();
