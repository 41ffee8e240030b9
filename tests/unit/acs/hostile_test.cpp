// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scripted_cpe.hpp"

using namespace cpefleet::acs;
using namespace cpefleet::acs::test;

TEST_CASE("what is no envelope is answered 400 and the connection closed") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  const std::string bodies[] = {" ",
                                "hello",
                                "<",
                                "<a/>",
                                std::string(1000, '\0'),
                                "<Envelope/>",
                                "<Envelope><Body/></Envelope>",
                                "<Envelope><Body>text</Body></Envelope>",
                                "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\">]><Envelope><Body><Inform/></Body></Envelope>",
                                deep,
                                envelope(0, "1", cpe.inform_body({"1 BOOT"})).substr(0, 700)};
  for (const std::string& body : bodies) {
    const Reply reply = cpe.post(body);
    CHECK_MESSAGE(reply.status == 400, body.substr(0, 60));
    CHECK(reply.close);
  }
  CHECK(core.totals().bad_requests == std::size(bodies));
  CHECK(core.totals().devices == 0);
}

TEST_CASE("broken XML in a session ends it as broken") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  (void)cpe.inform();
  CHECK(cpe.post("<Envelope").status == 400);
  CHECK(core.devices().at(cpe.id()).broken == 1);
  CHECK(core.totals().open_sessions == 0);
}

TEST_CASE("a version of CWMP that nobody speaks is answered 400") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  cpe.version = 5;
  CHECK(cpe.inform().body == "Unrecognized CWMP version");
  std::string none = envelope(0, "1", cpe.inform_body({}));
  const std::string_view ns = "urn:dslforum-org:cwmp-1-0";
  none.replace(none.find(ns), ns.size(), "urn:something");
  CHECK(cpe.post(none).status == 400);
  CHECK(cpe.post("<Envelope><Body><Inform/></Body></Envelope>").status == 400);
  CHECK(core.totals().bad_requests == 3);
}

TEST_CASE("an Inform that does not say which device it is from is answered with fault 8003") {
  const std::string forms[] = {
      "<c:Inform/>",
      "<c:Inform><DeviceId/></c:Inform>",
      "<c:Inform><DeviceId><OUI>000B82</OUI></DeviceId></c:Inform>",
      "<c:Inform><DeviceId><SerialNumber>1</SerialNumber></DeviceId></c:Inform>",
      "<c:Inform><DeviceId><OUI>000B82</OUI><SerialNumber>" + std::string(5000, '1') +
          "</SerialNumber></DeviceId></c:Inform>",
      "<c:Inform><DeviceId><OUI>0&#10;1</OUI><SerialNumber>1</SerialNumber></DeviceId></c:Inform>"};
  Core core(Options{});
  ScriptedCpe cpe(core);
  for (const std::string& body : forms) {
    const Reply reply = cpe.post(envelope(0, "1", body));
    CHECK(reply.status == 200);
    CHECK(between(reply.body, "FaultCode") == "8003");
  }
  CHECK(core.totals().bad_requests == std::size(forms));
  CHECK(core.devices().empty());
}

TEST_CASE("an Inform with nothing but an identity is enough") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  const Reply reply =
      cpe.post(envelope(0, "1",
                        "<c:Inform><DeviceId><OUI>000B82</OUI><SerialNumber>1</SerialNumber></DeviceId>"
                        "<RetryCount>99999999999</RetryCount><ParameterList><x/></ParameterList></c:Inform>"));
  CHECK(method_of(reply) == "InformResponse");
  CHECK(core.devices().at("000B82-1").last_retry_count == 0);
}

TEST_CASE("what a device calls itself is escaped wherever it is written [E-12]") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  Reply reply = cpe.post(envelope(0, "&lt;/ID&gt;",
                                  "<c:Inform><DeviceId><OUI>000B82</OUI><SerialNumber>&lt;a&gt;&amp;\"</SerialNumber>"
                                  "</DeviceId></c:Inform>"));
  CHECK(has(reply, ">&lt;/ID&gt;</cwmp:ID>"));
  reply = cpe.post("");
  for (int i = 0; i < 3; ++i) reply = cpe.respond(cpe_fault(9002));
  CHECK(method_of(reply) == "SetParameterValues");
  CHECK(has(reply, ">000B82-&lt;a&gt;&amp;&quot;</Value>"));
}

TEST_CASE("answers with the right name and no sense in them do no harm") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  (void)cpe.inform();
  (void)cpe.post("");
  (void)cpe.respond("<c:GetRPCMethodsResponse/>");
  (void)cpe.respond(
      "<c:GetParameterNamesResponse><ParameterList><a/><b><Name/></b><c><Name>.VoiceProfile.</Name>"
      "<Writable>1</Writable></c></ParameterList></c:GetParameterNamesResponse>");
  Reply reply = cpe.respond(
      "<c:GetParameterValuesResponse><ParameterList>text</ParameterList>"
      "</c:GetParameterValuesResponse>");
  while (reply.status == 200) reply = cpe.respond(cpe_fault(9003));
  CHECK(reply.status == 204);
}

TEST_CASE("methods other than POST are answered 405") {
  Core core(Options{});
  for (const char* method : {"GET", "PUT", "", "post"}) {
    Request request;
    request.method = method;
    const Reply reply = core.handle(request, {});
    CHECK(reply.status == 405);
    CHECK(header(reply, "Allow") == "POST");
  }
  CHECK(core.totals().requests == 4);
}
