// SPDX-License-Identifier: Apache-2.0
#include "device/interceptors.hpp"

#include <doctest/doctest.h>

using namespace cpefleet;
using namespace cpefleet::device;

namespace {

// What the chain of these quirks answers to a write in the device's place.
std::optional<cwmp::CpeResponse> write(std::vector<std::string> quirks, const char* name, const char* value) {
  profile::Profile profile;
  for (auto& id : quirks) profile.quirks.push_back({std::move(id), {}});
  auto chain = make_interceptors(profile);
  for (auto& link : chain) {
    if (auto answer = link->on_request(cwmp::SetParameterValues{{{name, value, ""}}, ""})) return answer;
  }
  return std::nullopt;
}

constexpr const char* kUrl = "Device.ManagementServer.URL";

}  // namespace

TEST_SUITE_BEGIN("device.interceptors");

TEST_CASE("a quirk without a built behaviour leaves no link in the chain") {
  profile::Profile profile;
  profile.quirks.push_back({"GQ001", {}});
  CHECK(make_interceptors(profile).empty());
}

TEST_CASE("GQ035: an ACS URL without a dot is refused with 9007, one with a dot is left to the device") {
  const auto refused = write({"GQ035"}, kUrl, "http://acs:7547/");
  REQUIRE(refused);
  const auto& fault = std::get<cwmp::Fault>(*refused);
  CHECK(fault.code == 9003);
  REQUIRE(fault.parameters.size() == 1);
  CHECK(fault.parameters[0].code == 9007);
  CHECK_FALSE(write({"GQ035"}, kUrl, "http://acs:7547/a.b"));
  CHECK_FALSE(write({"GQ035"}, "Device.DeviceInfo.ProvisioningCode", "nodot"));
  CHECK_FALSE(write({}, kUrl, "http://acs:7547/"));
}

TEST_CASE("GQ027: writing Device.LAN.DNSServers is refused") {
  CHECK(write({"GQ035", "GQ027"}, "Device.LAN.DNSServers", "10.0.0.1"));
  CHECK_FALSE(write({"GQ035"}, "Device.LAN.DNSServers", "10.0.0.1"));
}

TEST_CASE("GQ078: Reboot and FactoryReset cut the session, other methods do not") {
  profile::Profile profile;
  profile.quirks.push_back({"GQ078", {}});
  const auto chain = make_interceptors(profile);
  REQUIRE(chain.size() == 1);
  CHECK(chain[0]->cuts_session_after("Reboot"));
  CHECK(chain[0]->cuts_session_after("FactoryReset"));
  CHECK_FALSE(chain[0]->cuts_session_after("SetParameterValues"));
}

TEST_CASE("every built quirk is described and stands in the catalogue of evidence once") {
  for (const auto& info : interceptor_catalogue()) {
    CHECK_FALSE(info.what.empty());
    profile::Profile profile;
    profile.quirks.push_back({std::string(info.id), {}});
    CHECK(make_interceptors(profile).size() == 1);
  }
}

TEST_SUITE_END();
