// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>

#include "messages_of_an_acs.hpp"

using namespace cpefleet::cwmp;
using namespace cpefleet::cwmp::test;

namespace {

Fault fault_in(const AcsMessage& message) {
  REQUIRE(std::holds_alternative<Fault>(message.body));
  return std::get<Fault>(message.body);
}

std::string soap_fault(std::string_view code, std::string_view text, std::string_view detail) {
  std::string fault = "<soap:Fault><faultcode>";
  fault.append(code).append("</faultcode><faultstring>").append(text).append("</faultstring>").append(detail);
  return envelope(fault + "</soap:Fault>");
}

constexpr std::string_view kDetail =
    "<detail><cwmp:Fault><FaultCode>8005</FaultCode><FaultString>Retry request</FaultString></cwmp:Fault></detail>";

}  // namespace

TEST_SUITE_BEGIN("cwmp.soap_decode");

TEST_CASE("a fault carries the code and text of its detail [E-13]") {
  const AcsMessage message = decoded(soap_fault("soap:Server", "CWMP fault", kDetail));
  CHECK(fault_in(message).code == 8005);
  CHECK(fault_in(message).text == "Retry request");
  CHECK(message.id == "1");
  CHECK(message.findings.empty());
}

TEST_CASE("GenieACS's fault, whose name is none, is read with findings [E-1] [E-13]") {
  const AcsMessage message = decoded(corpus("genieacs-fault.xml"));
  CHECK(fault_in(message).code == 8000);
  CHECK(fault_in(message).text == "Method not supported");
  CHECK(has_finding(message, "E-1", "<soap-env:Body:Fault> is not declared"));
  CHECK(has_finding(message, "E-13", "prefix"));
}

TEST_CASE("a fault with wrong words is read with findings [E-13]") {
  CHECK(has_finding(decoded(soap_fault("soap:Server", "Error", kDetail)), "E-13", "faultstring"));
  CHECK(has_finding(decoded(soap_fault("soap:Sender", "CWMP fault", kDetail)), "E-13", "soap:Sender"));
  CHECK(has_finding(decoded(soap_fault("", "CWMP fault", kDetail)), "E-13", "faultcode"));
  CHECK(fault_in(decoded(soap_fault("", "", kDetail))).code == 8005);
}

TEST_CASE("a SOAP fault without CWMP's detail has code 0 and the words of SOAP [E-13]") {
  const AcsMessage message = decoded(soap_fault("soap:Server", "Out of memory", ""));
  CHECK(fault_in(message).code == 0);
  CHECK(fault_in(message).text == "Out of memory");
  CHECK(has_finding(message, "E-13", "without cwmp:Fault"));
}

TEST_CASE("a fault code that is no number is 0 with a finding [E-13]") {
  for (const char* code : {"", "x", "-1", "99999999999999999999"}) {
    CAPTURE(code);
    const AcsMessage message = decoded(
        soap_fault("soap:Server", "CWMP fault",
                   "<detail><cwmp:Fault><FaultCode>" + std::string(code) + "</FaultCode></cwmp:Fault></detail>"));
    CHECK(fault_in(message).code == 0);
    CHECK(has_finding(message, "E-13", "FaultCode"));
  }
}

TEST_CASE("a cwmp:Fault without the SOAP fault around it is read with a finding [E-13]") {
  const AcsMessage message = decoded(envelope("<cwmp:Fault><FaultCode>8001</FaultCode></cwmp:Fault>"));
  CHECK(fault_in(message).code == 8001);
  CHECK(has_finding(message, "E-13", "outside"));
}

TEST_SUITE_END();
