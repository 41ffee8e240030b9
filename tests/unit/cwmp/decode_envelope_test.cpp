// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>

#include "messages_of_an_acs.hpp"

using namespace cpefleet::cwmp;
using namespace cpefleet::cwmp::test;
using cpefleet::Cause;

namespace {

constexpr std::string_view kReboot = "<cwmp:Reboot><CommandKey>k</CommandKey></cwmp:Reboot>";

AcsMessage with_header(std::string_view header) { return decoded(envelope(kReboot, header)); }

void check_not_soap(std::string text, std::string_view part) {
  const auto message = decode_acs_message(std::move(text));
  REQUIRE_FALSE(message.has_value());
  CHECK(message.error().cause == Cause::not_soap);
  CHECK_MESSAGE(message.error().detail.find(part) != std::string::npos, message.error().detail);
}

}  // namespace

TEST_SUITE_BEGIN("cwmp.soap_decode");

TEST_CASE("the ID is an opaque string: white space and letters are kept [E-7]") {
  CHECK(with_header("<cwmp:ID soap:mustUnderstand=\"1\"> a\tB &amp; </cwmp:ID>").id == " a\tB & ");
  CHECK(with_header("<cwmp:ID soap:mustUnderstand=\"1\"/>").id == "");
  CHECK_FALSE(with_header("").id.has_value());
  CHECK(with_header("").findings.empty());
}

TEST_CASE("an ID without mustUnderstand is a finding [E-7]") {
  CHECK(has_finding(with_header("<cwmp:ID>1</cwmp:ID>"), "E-7"));
  CHECK(has_finding(with_header("<cwmp:ID soap:mustUnderstand=\"0\">1</cwmp:ID>"), "E-7"));
  CHECK(with_header("<cwmp:ID>1</cwmp:ID>").id == "1");
}

TEST_CASE("of two IDs the first counts [E-7]") {
  const AcsMessage message =
      with_header("<cwmp:ID soap:mustUnderstand=\"1\">1</cwmp:ID><cwmp:ID soap:mustUnderstand=\"1\">2</cwmp:ID>");
  CHECK(message.id == "1");
  CHECK(has_finding(message, "E-7", "more than one"));
}

TEST_CASE("HoldRequests has the four forms of a boolean [E-8]") {
  const auto held = [](std::string_view value) {
    return with_header("<cwmp:HoldRequests soap:mustUnderstand=\"1\">" + std::string(value) + "</cwmp:HoldRequests>");
  };
  CHECK(held("1").hold_requests);
  CHECK(held("true").hold_requests);
  CHECK_FALSE(held("0").hold_requests);
  CHECK_FALSE(held("false").hold_requests);
  CHECK(held("true").findings.empty());
  CHECK_FALSE(held("TRUE").hold_requests);
  CHECK(has_finding(held("TRUE"), "E-8"));
  CHECK_FALSE(with_header("").hold_requests);
}

TEST_CASE("NoMoreRequests is received without more [E-9]") {
  const AcsMessage message = with_header("<cwmp:NoMoreRequests soap:mustUnderstand=\"1\">1</cwmp:NoMoreRequests>");
  CHECK(message.no_more_requests);
  CHECK_FALSE(message.must_understand);
  CHECK(message.findings.empty());
}

TEST_CASE("unknown headers that need not be understood are ignored [E-10]") {
  const AcsMessage message = with_header(
      "<cwmp:SessionTimeout soap:mustUnderstand=\"0\">40</cwmp:SessionTimeout><x:y xmlns:x=\"urn:x\"/>"
      "<cwmp:SupportedCWMPVersions>1.0</cwmp:SupportedCWMPVersions>");
  CHECK_FALSE(message.must_understand);
  CHECK(message.findings.empty());
}

TEST_CASE("the first unknown header that must be understood is named [E-10]") {
  CHECK(with_header("<x:a xmlns:x=\"urn:x\"/><cwmp:UseCWMPVersion soap:mustUnderstand=\"1\">1.0</cwmp:UseCWMPVersion>"
                    "<cwmp:Other soap:mustUnderstand=\"1\"/>")
            .must_understand == "cwmp:UseCWMPVersion");
}

TEST_CASE("a header that only looks like ours is an unknown one [E-10]") {
  const AcsMessage message = with_header("<x:ID xmlns:x=\"urn:x\" soap:mustUnderstand=\"1\">1</x:ID>");
  CHECK_FALSE(message.id.has_value());
  CHECK(message.must_understand == "x:ID");
}

TEST_CASE("a header for another actor is not ours to understand [E-10]") {
  CHECK_FALSE(
      with_header("<x:a xmlns:x=\"urn:x\" soap:actor=\"urn:other\" soap:mustUnderstand=\"1\"/>").must_understand);
  CHECK(with_header("<x:a xmlns:x=\"urn:x\" soap:actor=\"http://schemas.xmlsoap.org/soap/actor/next\""
                    " soap:mustUnderstand=\"1\"/>")
            .must_understand == "x:a");
}

TEST_CASE("prefixes are free [E-1]") {
  const AcsMessage message = decoded(
      "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"><Header><q:ID"
      " xmlns:q=\"urn:dslforum-org:cwmp-1-1\""
      " mustUnderstand=\"1\">5</q:ID></Header><Body><soap:Reboot xmlns:soap=\"urn:dslforum-org:cwmp-1-2\"><CommandKey"
      " xmlns=\"\">k</CommandKey></soap:Reboot></Body></Envelope>");
  CHECK(message.id == "5");
  CHECK(request_in<Reboot>(message).command_key == "k");
  CHECK(message.findings.empty());
}

TEST_CASE("undeclared prefixes are read by local name, with a finding [E-1]") {
  const AcsMessage message = decoded(
      "<S:Envelope><S:Header><c:ID S:mustUnderstand=\"1\">5</c:ID></S:Header><S:Body><c:Reboot><CommandKey>k"
      "</CommandKey></c:Reboot></S:Body></S:Envelope>");
  CHECK(message.id == "5");
  CHECK(request_in<Reboot>(message).command_key == "k");
  for (const char* name : {"<S:Envelope>", "<S:Header>", "<S:Body>", "<c:ID>", "<c:Reboot>"}) {
    CAPTURE(name);
    CHECK(has_finding(message, "E-1", std::string(name) + " is not declared"));
  }
}

TEST_CASE("a message without namespace is read, with a finding [E-1]") {
  const AcsMessage message = decoded(envelope("<Reboot />"));
  CHECK(request_in<Reboot>(message).command_key.empty());
  CHECK(has_finding(message, "E-1", "<Reboot>"));
}

TEST_CASE("a default namespace around the arguments is a finding [E-2]") {
  const AcsMessage message =
      decoded(envelope("<Reboot xmlns=\"urn:dslforum-org:cwmp-1-0\"><CommandKey>k</CommandKey></Reboot>"));
  CHECK(request_in<Reboot>(message).command_key == "k");
  CHECK(has_finding(message, "E-2"));
  CHECK(message.findings.size() == 1);
}

TEST_CASE("a message of a foreign namespace is no method of ours [E-1] [E-14]") {
  const AcsMessage message = decoded(envelope("<x:Reboot xmlns:x=\"urn:x\"/>"));
  CHECK(request_in<UnknownMethod>(message).name == "Reboot");
  CHECK(has_finding(message, "E-1", "foreign"));
  CHECK(std::holds_alternative<OtherResponse>(decoded(envelope("<x:InformResponse xmlns:x=\"urn:x\"/>")).body));
}

TEST_CASE("of several messages in a Body the first counts, with a finding [E-6]") {
  const AcsMessage message = decoded(envelope(std::string(kReboot) + "<cwmp:FactoryReset/>"));
  CHECK(request_in<Reboot>(message).command_key == "k");
  CHECK(has_finding(message, "E-6", "message"));
}

TEST_CASE("of several envelopes the first counts, with a finding [E-6]") {
  const AcsMessage message = decoded(envelope(kReboot) + envelope("<cwmp:FactoryReset/>"));
  CHECK(request_in<Reboot>(message).command_key == "k");
  CHECK(has_finding(message, "E-6", "envelope"));
}

TEST_CASE("garbage behind the envelope is a finding [E-1]") {
  const AcsMessage message = decoded(envelope(kReboot) + "\r\n</html>");
  CHECK(request_in<Reboot>(message).command_key == "k");
  CHECK(has_finding(message, "E-1", "7 bytes behind the envelope"));
  CHECK(decoded(envelope(kReboot) + "\r\n").findings.empty());
}

TEST_CASE("a document type declaration and ill-formed UTF-8 are findings [E-1] [E-12]") {
  CHECK(has_finding(decoded("<!DOCTYPE x>" + envelope(kReboot)), "E-1", "document type"));
  CHECK(has_finding(decoded(envelope("<cwmp:Reboot><CommandKey>\xFF</CommandKey></cwmp:Reboot>")), "E-12"));
}

TEST_CASE("InformResponse tells MaxEnvelopes, which is 1 where it cannot be read [E-6]") {
  const auto max = [](std::string_view content) {
    const AcsMessage message =
        decoded(envelope("<cwmp:InformResponse>" + std::string(content) + "</cwmp:InformResponse>"));
    REQUIRE(std::holds_alternative<InformResponse>(message.body));
    return std::pair(std::get<InformResponse>(message.body).max_envelopes, message.findings.empty());
  };
  CHECK(max("<MaxEnvelopes>1</MaxEnvelopes>") == std::pair(1u, true));
  CHECK(max("<MaxEnvelopes>5</MaxEnvelopes>") == std::pair(5u, true));
  CHECK(max("") == std::pair(1u, false));
  CHECK(max("<MaxEnvelopes/>") == std::pair(1u, false));
  CHECK(max("<MaxEnvelopes>0</MaxEnvelopes>") == std::pair(1u, false));
  CHECK(max("<MaxEnvelopes>9999999999</MaxEnvelopes>") == std::pair(1u, false));
}

TEST_CASE("GetRPCMethodsResponse tells the methods of the ACS") {
  const AcsMessage message = decoded(
      envelope("<cwmp:GetRPCMethodsResponse><MethodList enc:arrayType=\"xsd:string[2]\"><string>Inform</string><string>"
               "TransferComplete</string></MethodList></cwmp:GetRPCMethodsResponse>"));
  REQUIRE(std::holds_alternative<AcsGetRPCMethodsResponse>(message.body));
  CHECK(std::get<AcsGetRPCMethodsResponse>(message.body).methods ==
        std::vector<std::string>{"Inform", "TransferComplete"});
  CHECK(message.findings.empty());
  CHECK(has_finding(decoded(envelope("<cwmp:GetRPCMethodsResponse/>")), "E-4", "MethodList"));
}

TEST_CASE("any other response is kept by its name") {
  const AcsMessage message = decoded(envelope("<cwmp:TransferCompleteResponse/>"));
  REQUIRE(std::holds_alternative<OtherResponse>(message.body));
  CHECK(std::get<OtherResponse>(message.body).name == "TransferCompleteResponse");
}

TEST_CASE("what is no envelope of SOAP 1.1 is told so") {
  check_not_soap("<html><body>502</body></html>", "<html>");
  check_not_soap("<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"http://x/y.dtd\"><html/>", "<html>");
  check_not_soap("<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body/></s:Envelope>",
                 "http://www.w3.org/2003/05/soap-envelope");
  check_not_soap("<Envelope/>", "without Body");
  check_not_soap(envelope(""), "empty Body");
  check_not_soap(envelope("text"), "empty Body");
}

TEST_CASE("every captured message of a real ACS is read without a finding") {
  for (const char* name :
       {"inform-response", "inform-response-cwmp-1-3", "get-parameter-names", "get-parameter-names-empty-path",
        "get-parameter-values", "get-parameter-attributes", "set-parameter-values", "set-parameter-values-integer",
        "set-parameter-attributes", "add-object", "delete-object", "reboot", "factory-reset", "download",
        "transfer-complete-response", "get-rpc-methods-response"}) {
    CAPTURE(name);
    const AcsMessage message = decoded(corpus("genieacs-" + std::string(name) + ".xml"));
    CHECK(message.id.has_value());
    for (const MessageFinding& finding : message.findings) FAIL_CHECK(finding.rule << ": " << finding.what);
    const auto* request = std::get_if<AcsRequest>(&message.body);
    if (request != nullptr) CHECK_FALSE(std::holds_alternative<BadArguments>(*request));
  }
}

TEST_SUITE_END();
