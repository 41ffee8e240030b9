// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "acs/core.hpp"
#include "cwmp/soap_decode.hpp"
#include "cwmp/soap_encode.hpp"
#include "scripted_cpe.hpp"

using namespace cpefleet;
using namespace cpefleet::acs::test;

namespace {

cwmp::CpeResponse answer(const cwmp::AcsRequest& request) {
  const std::string_view method = cwmp::method_name(request);
  if (method == "GetRPCMethods") return cwmp::GetRPCMethodsResponse{{"AddObject", "DeleteObject"}};
  if (method == "GetParameterNames") {
    return cwmp::GetParameterNamesResponse{{{"Device.ManagementServer.PeriodicInformEnable", true},
                                            {"Device.Services.VoiceService.1.VoiceProfile.", true}}};
  }
  if (method == "GetParameterValues") return cwmp::GetParameterValuesResponse{};
  if (method == "SetParameterValues") return cwmp::SetParameterValuesResponse{};
  if (method == "AddObject") return cwmp::AddObjectResponse{2, 0};
  if (method == "DeleteObject") return cwmp::DeleteObjectResponse{};
  return cwmp::make_fault(9000);
}

}  // namespace

TEST_CASE("the fleet's codec and the ACS understand each other without a finding") {
  for (const cwmp::Version version : {cwmp::Version::v1_0, cwmp::Version::v1_1}) {
    acs::Core core(acs::Options{});
    ScriptedCpe cpe(core);
    cwmp::Inform inform;
    inform.device = {"Grandstream", "000B82", "GXP2170", cpe.serial};
    inform.events = {{"0 BOOTSTRAP", ""}, {"1 BOOT", ""}};
    inform.parameters = {{"Device.DeviceSummary", "Device:1.2[](Baseline:1)", cwmp::ValueType::string}};
    std::string out;
    cwmp::encode_inform(out, version, "42", inform);
    acs::Reply reply = cpe.post(out);
    auto message = cwmp::decode_acs_message(reply.body);
    REQUIRE(message.has_value());
    CHECK(std::holds_alternative<cwmp::InformResponse>(message->body));
    CHECK(message->id == "42");

    std::vector<std::string> asked;
    for (reply = cpe.post(""); reply.status == 200 && asked.size() < 20; reply = cpe.post(out)) {
      message = cwmp::decode_acs_message(reply.body);
      REQUIRE(message.has_value());
      CHECK(message->findings.empty());
      REQUIRE(std::holds_alternative<cwmp::AcsRequest>(message->body));
      const auto& request = std::get<cwmp::AcsRequest>(message->body);
      CHECK_FALSE(std::holds_alternative<cwmp::BadArguments>(request));
      asked.emplace_back(cwmp::method_name(request));
      cwmp::encode_response(out, version, message->id.value_or(""), answer(request));
    }
    CHECK(reply.status == 204);
    CHECK(asked == std::vector<std::string>{"GetRPCMethods", "GetParameterNames", "GetParameterValues",
                                            "SetParameterValues", "AddObject", "DeleteObject"});
    CHECK(core.totals().sum.cpe_faults == 0);
    CHECK(core.totals().wrong_ids == 0);
  }
}
