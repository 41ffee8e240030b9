// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <doctest/doctest.h>

#include "real_fleet.hpp"

// What the standard asks of a device as a whole, held against a shipped profile.
using namespace cpefleet;
using namespace cpefleet::device;
using namespace std::chrono_literals;
using test::RealDevice;

namespace {

const std::string kPing = "Device.LAN.IPPingDiagnostics.";

int fault_of(const cwmp::CpeResponse& response) {
  const auto* fault = std::get_if<cwmp::Fault>(&response);
  return fault == nullptr ? 0 : fault->code;
}

}  // namespace

TEST_SUITE_BEGIN("device.requirements");

TEST_CASE("a device keeps its name through reboot and factory reset, the one DeviceInfo has [I-1, I-2]") {
  RealDevice phone("gxp2170");
  phone.session();
  const auto before = phone.last.device;
  REQUIRE_FALSE(before.serial_number.empty());
  for (const cwmp::AcsRequest& restart :
       {cwmp::AcsRequest{cwmp::Reboot{"r"}}, cwmp::AcsRequest{cwmp::FactoryReset{}}}) {
    phone.ask(restart);
    phone.pass(5min);
    REQUIRE(phone.events.size() == 2);
    CHECK(phone.last.device.manufacturer == before.manufacturer);
    CHECK(phone.last.device.oui == before.oui);
    CHECK(phone.last.device.product_class == before.product_class);
    CHECK(phone.last.device.serial_number == before.serial_number);
  }
  for (const auto& [name, value] :
       {std::pair{"Manufacturer", before.manufacturer}, std::pair{"ManufacturerOUI", before.oui},
        std::pair{"ProductClass", before.product_class}, std::pair{"SerialNumber", before.serial_number}}) {
    const auto path = std::string("Device.DeviceInfo.") + name;
    CHECK(phone.get(path) == value);
    const auto response = phone.ask(cwmp::SetParameterValues{{{path, "000000", ""}}, "k"});
    CHECK(fault_of(response) == 9003);
    CHECK(std::get<cwmp::Fault>(response).parameters.at(0).code == 9008);
  }
}

TEST_CASE("every password is kept and reads empty [C-13, T-10, P-30]") {
  RealDevice phone("gxp2170");
  for (const auto* path : {"Device.ManagementServer.Password", "Device.ManagementServer.ConnectionRequestPassword",
                           "Device.ManagementServer.STUNPassword",
                           "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword"}) {
    CAPTURE(path);
    phone.set({{path, "secret"}});
    CHECK(phone.get(path).empty());
  }
  SessionView view(phone.device, phone.context());
  CHECK(view.credentials().password == "secret");
}

TEST_CASE("DiagnosticsState may stand before or behind its arguments [P-29]") {
  RealDevice phone("gxp2170");
  for (const bool state_first : {true, false}) {
    std::vector<std::pair<std::string, std::string>> values = {
        {kPing + "DiagnosticsState", "Requested"}, {kPing + "Host", "127.0.0.1"}, {kPing + "NumberOfRepetitions", "7"}};
    if (!state_first) std::reverse(values.begin(), values.end());
    phone.set({{kPing + "Host", ""}, {kPing + "NumberOfRepetitions", "1"}});
    phone.set(values);
    CHECK(phone.get(kPing + "Host") == "127.0.0.1");
    CHECK(phone.get(kPing + "NumberOfRepetitions") == "7");
  }
}

TEST_CASE("a table without rows reads as an empty list, without a fault [P-43, P-55]") {
  RealDevice phone("gxp2170");
  const std::string sessions = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.Session.";
  const auto values = phone.ask(cwmp::GetParameterValues{{sessions}});
  REQUIRE(std::holds_alternative<cwmp::GetParameterValuesResponse>(values));
  CHECK(std::get<cwmp::GetParameterValuesResponse>(values).values.empty());
  CHECK(phone.names(sessions).empty());
}

TEST_CASE("UpTime counts from the last restart, and no connection is older than that [M-13, M-16]") {
  RealDevice phone("gxp2170");
  phone.pass(1h);
  CHECK(phone.get("Device.DeviceInfo.UpTime") == "3600");
  phone.ask(cwmp::Reboot{"r"});
  phone.pass(30s);
  CHECK(phone.get("Device.DeviceInfo.UpTime") == "0");
  phone.pass(45s);
  CHECK(phone.get("Device.DeviceInfo.UpTime") == "45");
  CHECK(phone.get("Device.LAN.Stats.ConnectionUpTime") == "45");
  CHECK(phone.get("Device.DeviceInfo.DeviceStatus") == "Up");
}

TEST_CASE("addresses are written as the standard writes them [M-9]") {
  RealDevice phone("gxp2170");
  const auto mac = phone.get("Device.LAN.MACAddress");
  REQUIRE(mac.size() == 17);
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const bool right = i % 3 == 2 ? mac[i] == ':' : std::string_view("0123456789abcdefABCDEF").find(mac[i]) < 22;
    CHECK_MESSAGE(right, mac);
  }
  const auto ip = phone.get("Device.LAN.IPAddress");
  CHECK(std::count(ip.begin(), ip.end(), '.') == 3);
  CHECK(ip.find_first_not_of("0123456789.") == std::string::npos);
}

TEST_CASE("what is stored for others to use is read back as it was written [M-11, M-15]") {
  RealDevice phone("gxp2170");
  const auto* zone = "CET-1CEST,M3.5.0,M10.5.0/3";
  phone.set({{"Device.Time.LocalTimeZone", zone}, {"Device.ManagementServer.UpgradesManaged", "true"}});
  CHECK(phone.get("Device.Time.LocalTimeZone") == zone);
  CHECK(phone.get("Device.ManagementServer.UpgradesManaged") == "1");
  const auto too_long =
      phone.ask(cwmp::SetParameterValues{{{"Device.Time.LocalTimeZone", std::string(257, 'x'), ""}}, ""});
  REQUIRE(fault_of(too_long) == 9003);
  CHECK(std::get<cwmp::Fault>(too_long).parameters.at(0).code == 9007);
}

TEST_CASE("a profile takes no more sessions than the device has [T-8]") {
  for (const auto* model : {"gxp2170", "ht802", "dp750"}) {
    CAPTURE(model);
    RealDevice phone(model);
    const std::string path = "Device.Services.VoiceService.1.VoiceProfile.1.MaxSessions";
    const auto most = std::stoi(phone.get("Device.Services.VoiceService.1.Capabilities.MaxSessionCount"));
    CHECK(std::stoi(phone.get(path)) <= most);
    phone.set({{path, std::to_string(most)}});
    const auto refused = phone.ask(cwmp::SetParameterValues{{{path, std::to_string(most + 1), ""}}, ""});
    REQUIRE(fault_of(refused) == 9003);
    CHECK(std::get<cwmp::Fault>(refused).parameters.at(0).code == 9007);
    CHECK(phone.get(path) == std::to_string(most));
  }
}

TEST_SUITE_END();
