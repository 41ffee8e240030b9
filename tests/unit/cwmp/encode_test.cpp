// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>

#include "cwmp/soap_encode.hpp"
#include "xml/document.hpp"

using namespace cpefleet::cwmp;
using cpefleet::xml::Document;
using cpefleet::xml::Element;

// That every message is valid is shown by tests/spec against the schemas; here is what they cannot see.
namespace {

Document read(const std::string& text) {
  auto document = Document::parse(text);
  REQUIRE_MESSAGE(document.has_value(), document.error().message());
  CHECK(document->trailing().empty());
  return std::move(*document);
}

std::string encoded(const CpeResponse& response, OptionalId id = "1", Version version = Version::v1_0) {
  std::string out;
  encode_response(out, version, id, response);
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("cwmp.soap_encode");

TEST_CASE("the namespace is the version's [E-1]") {
  const std::string v0 = encoded(RebootResponse{}, "1", Version::v1_0);
  const std::string v1 = encoded(RebootResponse{}, "1", Version::v1_1);
  CHECK(read(v0).root().lookup_namespace("cwmp") == "urn:dslforum-org:cwmp-1-0");
  CHECK(read(v1).root().lookup_namespace("cwmp") == "urn:dslforum-org:cwmp-1-1");
}

TEST_CASE("the ID is repeated to the letter with mustUnderstand [E-7]") {
  const Document document = read(encoded(RebootResponse{}, " a\tB <&>\"\r\n "));
  const Element id = document.root().child("Header").child("ID");
  CHECK(id.text() == " a\tB <&>\"\r\n ");
  CHECK(id.attribute("mustUnderstand") == "1");
}

TEST_CASE("without an ID there is no header [E-7]") {
  CHECK_FALSE(read(encoded(RebootResponse{}, std::nullopt)).root().child("Header"));
}

TEST_CASE("the buffer is cleared first and its memory kept") {
  std::string out = "something else";
  out.reserve(10'000);
  const char* memory = out.data();
  encode_response(out, Version::v1_0, "1", RebootResponse{});
  CHECK(out.starts_with("<?xml"));
  CHECK(out.data() == memory);
}

TEST_CASE("names and values survive the way over the wire [E-12]") {
  GetParameterValuesResponse response;
  response.values.push_back({"Device.A<&>", " <b> & \"c\" \r\n \xC3\xA4\xE2\x82\xAC ", ValueType::string});
  response.values.push_back({"Device.B", "", ValueType::string});
  response.values.push_back({"Device.C", "bad \xFF\x01", ValueType::string});
  const Document document = read(encoded(response));
  const Element list = document.root().child("Body").first_child().child("ParameterList");
  CHECK(list.attribute("arrayType") == "cwmp:ParameterValueStruct[3]");
  const Element first = list.first_child();
  CHECK(first.child("Name").text() == "Device.A<&>");
  CHECK(first.child("Value").text() == " <b> & \"c\" \r\n \xC3\xA4\xE2\x82\xAC ");
  CHECK(first.next_sibling().child("Value").text().empty());
  CHECK(first.next_sibling().next_sibling().child("Value").text() == "bad \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("an Inform says one envelope and carries everything in the standard's order [I-4] [E-4]") {
  Inform inform;
  inform.device = {"Grandstream", "000B82", "GXP2170", "000b82123456"};
  inform.events = {{"1 BOOT", ""}, {"M Reboot", "key"}};
  inform.current_time = "2026-01-01T00:00:00Z";
  inform.retry_count = 3;
  inform.parameters.push_back({"Device.DeviceSummary", "Device:1.2[]()", ValueType::string});
  std::string out;
  encode_inform(out, Version::v1_1, "9", inform);
  const Document document = read(out);
  const Element message = document.root().child("Body").first_child();
  CHECK(message.name() == "cwmp:Inform");
  std::string order;
  for (Element child = message.first_child(); child; child = child.next_sibling()) {
    order.append(child.name()).append(" ");
  }
  CHECK(order == "DeviceId Event MaxEnvelopes CurrentTime RetryCount ParameterList ");
  CHECK(message.child("DeviceId").child("OUI").text() == "000B82");
  CHECK(message.child("Event").attribute("arrayType") == "cwmp:EventStruct[2]");
  CHECK(message.child("Event").first_child().next_sibling().child("CommandKey").text() == "key");
  CHECK(message.child("MaxEnvelopes").text() == "1");
  CHECK(message.child("RetryCount").text() == "3");
}

TEST_CASE("a fault has the standard's form [E-13]") {
  Fault fault = make_fault(9003);
  fault.parameters.push_back({"Device.A", 9008, std::string(fault_text(9008))});
  const Document document = read(encoded(fault));
  const Element soap = document.root().child("Body").first_child();
  CHECK(soap.name() == "soap:Fault");
  CHECK(soap.child("faultcode").text() == "soap:Client");
  CHECK(soap.child("faultstring").text() == "CWMP fault");
  const Element cwmp = soap.child("detail").first_child();
  CHECK(cwmp.name() == "cwmp:Fault");
  CHECK(cwmp.child("FaultCode").text() == "9003");
  CHECK(cwmp.child("FaultString").text() == "Invalid arguments");
  CHECK(cwmp.child("SetParameterValuesFault").child("ParameterName").text() == "Device.A");
  CHECK(cwmp.child("SetParameterValuesFault").child("FaultCode").text() == "9008");
  CHECK(read(encoded(make_fault(9000))).root().child("Body").first_child().child("faultcode").text() == "soap:Server");
}

TEST_CASE("a header that is not understood is answered with SOAP's own fault [E-10]") {
  std::string out;
  encode_must_understand_fault(out, Version::v1_0, "5", "x:<Route>");
  const Document document = read(out);
  const Element fault = document.root().child("Body").first_child();
  CHECK(fault.child("faultcode").text() == "soap:MustUnderstand");
  CHECK(fault.child("faultstring").text() == "Header not understood: x:<Route>");
  CHECK_FALSE(fault.child("detail"));
  CHECK(document.root().child("Header").child("ID").text() == "5");
}

TEST_SUITE_END();
