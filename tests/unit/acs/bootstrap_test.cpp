// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scripted_cpe.hpp"

using namespace cpefleet::acs;
using namespace cpefleet::acs::test;

namespace {

// Walks a bootstrap up to the request named and returns it; the device answers everything before it well.
Reply walk_to(ScriptedCpe& cpe, std::string_view method) {
  (void)cpe.inform({"0 BOOTSTRAP", "1 BOOT"});
  Reply reply = cpe.post("");
  while (reply.status == 200 && method_of(reply) != method)
    reply = cpe.respond(ScriptedCpe::answer_to(method_of(reply)));
  return reply;
}

}  // namespace

TEST_CASE("a new device is bootstrapped from GetRPCMethods to the object it adds and deletes again") {
  Options options;
  options.inform_interval = 777;
  options.seed = 5;
  Core core(options);
  ScriptedCpe cpe(core);

  Reply reply = cpe.inform({"0 BOOTSTRAP", "1 BOOT"});
  CHECK(reply.status == 200);
  CHECK(method_of(reply) == "InformResponse");
  CHECK(cpe.request_id == "inform-1");  // E-7
  CHECK(header(reply, "Set-Cookie").size() == std::string_view{"session="}.size() + 16);

  CHECK(method_of(cpe.post("")) == "GetRPCMethods");
  reply = cpe.respond(rpc_methods());
  CHECK(method_of(reply) == "GetParameterNames");
  CHECK(between(reply.body, "ParameterPath") == "Device.");
  CHECK(between(reply.body, "NextLevel") == "0");
  CHECK(header(reply, "Set-Cookie").empty());

  reply = cpe.respond(parameter_names());
  CHECK(method_of(reply) == "GetParameterValues");
  CHECK(between(reply.body, "string") == "Device.");

  reply = cpe.respond(parameter_values());
  CHECK(method_of(reply) == "SetParameterValues");
  CHECK(has(reply, "cwmp:ParameterValueStruct[4]"));
  CHECK(has(reply, R"(<Name>Device.ManagementServer.PeriodicInformEnable</Name><Value xsi:type="xsd:boolean">1<)"));
  CHECK(has(reply, R"(PeriodicInformInterval</Name><Value xsi:type="xsd:unsignedInt">777<)"));
  CHECK(has(reply, R"(ConnectionRequestUsername</Name><Value xsi:type="xsd:string">000B82-GXP2170-000b82000001<)"));
  CHECK(has(reply, "<Value xsi:type=\"xsd:string\">" + connection_request_password(cpe.id(), 5) + "<"));

  reply = cpe.respond(ScriptedCpe::answer_to("SetParameterValues"));
  CHECK(method_of(reply) == "AddObject");
  CHECK(between(reply.body, "ObjectName") == "Device.Services.VoiceService.1.VoiceProfile.");

  reply = cpe.respond(ScriptedCpe::answer_to("AddObject"));
  CHECK(method_of(reply) == "DeleteObject");
  CHECK(between(reply.body, "ObjectName") == "Device.Services.VoiceService.1.VoiceProfile.3.");

  reply = cpe.respond(ScriptedCpe::answer_to("DeleteObject"));
  CHECK(reply.status == 204);
  CHECK(reply.body.empty());
  CHECK(reply.close);

  const DeviceRecord& record = core.devices().at(cpe.id());
  CHECK(record.provisioned);
  CHECK(record.parameters == 9);
  CHECK(record.informs == 1);
  CHECK(record.sessions == 1);
  CHECK(record.boots == 1);
  CHECK(record.bootstraps == 1);
  CHECK(record.cpe_faults == 0);
  CHECK(record.requests == 8);
  CHECK(core.totals().provisioned == 1);
  CHECK(core.totals().wrong_ids == 0);
  CHECK(core.totals().open_sessions == 0);
}

TEST_CASE("a device that was bootstrapped is left alone until it says 0 BOOTSTRAP again") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  CHECK(cpe.whole_session({"0 BOOTSTRAP", "1 BOOT"}));
  cpe.received.clear();
  CHECK(cpe.whole_session({"2 PERIODIC"}));
  CHECK(cpe.received == std::vector<std::string>{"InformResponse"});
  CHECK(core.devices().at(cpe.id()).periodics == 1);

  cpe.received.clear();
  (void)cpe.inform({"0 BOOTSTRAP"});
  CHECK_FALSE(core.devices().at(cpe.id()).provisioned);
  CHECK(core.totals().provisioned == 0);
  CHECK(cpe.whole_session({"0 BOOTSTRAP"}));
  CHECK(cpe.received.size() == 8);
  CHECK(core.devices().at(cpe.id()).provisioned);
}

TEST_CASE("a bootstrap that broke off is begun again in the next session") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  CHECK(method_of(walk_to(cpe, "GetParameterValues")) == "GetParameterValues");
  core.connection_closed(cpe.connection);
  CHECK_FALSE(core.devices().at(cpe.id()).provisioned);
  CHECK(core.devices().at(cpe.id()).broken == 1);
  ++cpe.connection;
  (void)cpe.inform({"2 PERIODIC"});
  CHECK(method_of(cpe.post("")) == "GetRPCMethods");
}

TEST_CASE("a fault in any step of the bootstrap is counted and the next step goes on") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  (void)cpe.inform({"0 BOOTSTRAP"});
  std::vector<std::string> asked;
  Reply reply = cpe.post("");
  while (reply.status == 200) {
    asked.push_back(method_of(reply));
    reply = cpe.respond(cpe_fault(9002));
  }
  CHECK(reply.status == 204);
  // Nothing is known of the tree, so there is no table to add to.
  CHECK(asked ==
        std::vector<std::string>{"GetRPCMethods", "GetParameterNames", "GetParameterValues", "SetParameterValues"});
  const DeviceRecord& record = core.devices().at(cpe.id());
  CHECK(record.cpe_faults == 4);
  CHECK(record.faulted == 0);
  CHECK(record.sessions == 1);
  CHECK(record.provisioned);
}

TEST_CASE("a fault to AddObject leaves nothing to delete") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  CHECK(method_of(walk_to(cpe, "AddObject")) == "AddObject");
  CHECK(cpe.respond(cpe_fault(9004)).status == 204);
  CHECK(core.devices().at(cpe.id()).cpe_faults == 1);
}

TEST_CASE("an AddObjectResponse without a usable instance number counts as a fault") {
  for (const char* number : {"", "0", "x", "-1", "99999999999999999999999"}) {
    Core core(Options{});
    ScriptedCpe cpe(core);
    (void)walk_to(cpe, "AddObject");
    const std::string answer = std::string{"<c:AddObjectResponse><InstanceNumber>"} + number +
                               "</InstanceNumber><Status>0</Status></c:AddObjectResponse>";
    CHECK(cpe.respond(answer).status == 204);
    CHECK(core.devices().at(cpe.id()).cpe_faults == 1);
  }
}

TEST_CASE("no object is added where MaxProfileCount leaves no room") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  CHECK(method_of(walk_to(cpe, "GetParameterValues")) == "GetParameterValues");
  CHECK(method_of(cpe.respond(parameter_values(2))) == "SetParameterValues");
  CHECK(cpe.respond(ScriptedCpe::answer_to("SetParameterValues")).status == 204);
}

TEST_CASE("no object is added on a device that does not list AddObject and DeleteObject") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  CHECK(method_of(walk_to(cpe, "GetRPCMethods")) == "GetRPCMethods");
  Reply reply = cpe.respond(rpc_methods(false));
  while (reply.status == 200) {
    CHECK(method_of(reply) != "AddObject");
    reply = cpe.respond(ScriptedCpe::answer_to(method_of(reply)));
  }
  CHECK(reply.status == 204);
}

TEST_CASE("only parameters the device listed as writable are set") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  CHECK(method_of(walk_to(cpe, "GetParameterNames")) == "GetParameterNames");
  (void)cpe.respond(
      "<c:GetParameterNamesResponse><ParameterList>"
      "<ParameterInfoStruct><Name>Device.ManagementServer.PeriodicInformEnable</Name><Writable>false</Writable>"
      "</ParameterInfoStruct><ParameterInfoStruct><Name>Device.ManagementServer.PeriodicInformInterval</Name>"
      "<Writable>true</Writable></ParameterInfoStruct></ParameterList></c:GetParameterNamesResponse>");
  const Reply reply = cpe.respond(parameter_values());
  CHECK(method_of(reply) == "SetParameterValues");
  CHECK(has(reply, "ParameterValueStruct[1]"));
  CHECK(has(reply, "PeriodicInformInterval"));
  CHECK_FALSE(has(reply, "PeriodicInformEnable"));
}

TEST_CASE("the ACS speaks the version of CWMP that the Inform spoke [E-1]") {
  for (const int version : {0, 1, 2, 3, 4}) {
    Core core(Options{});
    ScriptedCpe cpe(core);
    cpe.version = version;
    const std::string ns = "xmlns:cwmp=\"urn:dslforum-org:cwmp-1-" + std::to_string(version) + "\"";
    CHECK(has(cpe.inform(), ns));
    CHECK(has(cpe.post(""), ns));
  }
}

TEST_CASE("the root object is the one the Inform's parameters are under") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  std::string inform = envelope(0, "1", cpe.inform_body({"0 BOOTSTRAP"}));
  const std::string_view name = "Device.DeviceSummary";
  inform.replace(inform.find(name), name.size(), "InternetGatewayDevice.DeviceSummary");
  (void)cpe.post(inform);
  (void)cpe.post("");
  CHECK(between(cpe.respond(rpc_methods()).body, "ParameterPath") == "InternetGatewayDevice.");
}

TEST_CASE("an answer with another ID than the request's is counted and accepted [E-7]") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  (void)walk_to(cpe, "GetRPCMethods");
  CHECK(method_of(cpe.post(envelope(0, "another", rpc_methods()))) == "GetParameterNames");
  CHECK(core.totals().wrong_ids == 1);
}

TEST_CASE("without the bootstrap every session is Inform, empty, 204") {
  Options options;
  options.bootstrap = false;
  options.close_after_session = false;
  Core core(options);
  ScriptedCpe cpe(core);
  (void)cpe.inform({"0 BOOTSTRAP", "1 BOOT"});
  const Reply reply = cpe.post("");
  CHECK(reply.status == 204);
  CHECK_FALSE(reply.close);
  CHECK_FALSE(core.devices().at(cpe.id()).provisioned);
}
