// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>

#include "messages_of_an_acs.hpp"

using namespace cpefleet::cwmp;
using namespace cpefleet::cwmp::test;
using cpefleet::Cause;

namespace {

void check_bad_xml(std::string text) {
  const auto message = decode_acs_message(std::move(text));
  REQUIRE_FALSE(message.has_value());
  CHECK(message.error().cause == Cause::bad_xml);
  CHECK_FALSE(message.error().detail.empty());
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("cwmp.soap_decode");

TEST_CASE("what is no XML is told so") {
  check_bad_xml("");
  check_bad_xml("Unauthorized");
  check_bad_xml(std::string(4096, '\0'));
  check_bad_xml("<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]>" + envelope("<cwmp:Reboot>&c;</cwmp:Reboot>"));
  check_bad_xml(envelope(repeat("<a>", 10'000) + repeat("</a>", 10'000)));
  check_bad_xml(envelope("<cwmp:Reboot><CommandKey>" + std::string(40u << 20, 'x') + "</CommandKey></cwmp:Reboot>"));
  check_bad_xml(envelope(std::string("<cwmp:Reboot><CommandKey>a\0b</CommandKey></cwmp:Reboot>", 54)));
}

TEST_CASE("a message cut at any byte is an error and nothing else") {
  const std::string whole = corpus("genieacs-set-parameter-values.xml");
  REQUIRE(decode_acs_message(whole).has_value());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(decode_acs_message(whole.substr(0, length)).has_value());
  }
}

TEST_CASE("a message with any one byte changed does no harm") {
  const std::string whole = corpus("wrong-array.xml");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : {'\0', '<', '>', '"', '&', ':', ' ', '\xFF'}) {
      std::string changed = whole;
      changed[at] = byte;
      const auto message = decode_acs_message(changed);
      if (!message) CHECK_FALSE(message.error().detail.empty());
    }
  }
}

TEST_CASE("findings are bounded however odd the message") {
  std::string extras;
  for (int i = 0; i < 10'000; ++i) extras += "<x" + std::to_string(i) + "/>";
  const AcsMessage message = decoded(envelope("<cwmp:Reboot>" + extras + "</cwmp:Reboot>"));
  CHECK(message.findings.size() <= 32);
}

TEST_CASE("names are kept only as far as a person would read") {
  const std::string name(1'000'000, 'x');
  CHECK(request_in<UnknownMethod>(decoded(envelope("<cwmp:" + name + "/>"))).name.size() < 300);
  CHECK(decoded(envelope("<cwmp:Reboot/>", "<cwmp:" + name + " soap:mustUnderstand='1'/>")).must_understand->size() <
        300);
  CHECK(decode_acs_message("<" + name + "/>").error().detail.size() < 300);
  CHECK(why_bad("<cwmp:ScheduleInform><DelaySeconds>" + name + "</DelaySeconds><CommandKey/></cwmp:ScheduleInform>")
            .size() < 300);
}

TEST_CASE("a hundred thousand values are read") {
  const AcsMessage message =
      decoded(envelope("<cwmp:SetParameterValues><ParameterList>" +
                       repeat("<ParameterValueStruct><Name>A</Name><Value>1</Value></ParameterValueStruct>", 100'000) +
                       "</ParameterList><ParameterKey/></cwmp:SetParameterValues>"));
  CHECK(request_in<SetParameterValues>(message).values.size() == 100'000);
  CHECK(message.findings.size() == 2);  // no arrayType, no xsi:type: each said once
}

TEST_SUITE_END();
