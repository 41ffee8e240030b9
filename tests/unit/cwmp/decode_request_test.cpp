// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>

#include "messages_of_an_acs.hpp"

using namespace cpefleet::cwmp;
using namespace cpefleet::cwmp::test;

TEST_SUITE_BEGIN("cwmp.soap_decode");

TEST_CASE("requests without arguments are read") {
  clean_request<GetRPCMethods>("<cwmp:GetRPCMethods/>");
  clean_request<FactoryReset>("<cwmp:FactoryReset></cwmp:FactoryReset>");
}

TEST_CASE("SetParameterValues keeps names, values and the declared types as they came [P-25]") {
  const auto request = clean_request<SetParameterValues>(
      "<cwmp:SetParameterValues><ParameterList enc:arrayType=\"cwmp:ParameterValueStruct[2]\">"
      "<ParameterValueStruct><Name>Device.A</Name><Value xsi:type=\"xsd:string\"> a&amp;b </Value>"
      "</ParameterValueStruct>"
      "<ParameterValueStruct><Name>Device.B</Name><Value xsi:type=\"unsignedInt\">7</Value></ParameterValueStruct>"
      "</ParameterList><ParameterKey>key</ParameterKey></cwmp:SetParameterValues>");
  REQUIRE(request.values.size() == 2);
  CHECK(request.values[0].name == "Device.A");
  CHECK(request.values[0].value == " a&b ");
  CHECK(request.values[0].declared_type == "string");
  CHECK(request.values[1].value == "7");
  CHECK(request.values[1].declared_type == "unsignedInt");
  CHECK(request.parameter_key == "key");
}

TEST_CASE("SetParameterValues may have an empty list and an empty key [P-34]") {
  const auto request = clean_request<SetParameterValues>(
      "<cwmp:SetParameterValues><ParameterList enc:arrayType=\"cwmp:ParameterValueStruct[0]\"/><ParameterKey/>"
      "</cwmp:SetParameterValues>");
  CHECK(request.values.empty());
  CHECK(request.parameter_key.empty());
}

TEST_CASE("an empty value is a value [E-14]") {
  const auto request = clean_request<SetParameterValues>(
      "<cwmp:SetParameterValues><ParameterList enc:arrayType=\"cwmp:ParameterValueStruct[1]\"><ParameterValueStruct>"
      "<Name>Device.A</Name><Value xsi:type=\"xsd:string\"/></ParameterValueStruct></ParameterList><ParameterKey/>"
      "</cwmp:SetParameterValues>");
  REQUIRE(request.values.size() == 1);
  CHECK(request.values[0].value.empty());
}

TEST_CASE("GetParameterValues and GetParameterAttributes carry names [P-40]") {
  const std::string names =
      "<ParameterNames enc:arrayType=\"xsd:string[2]\"><string>Device.</string><string></string></ParameterNames>";
  CHECK(clean_request<GetParameterValues>("<cwmp:GetParameterValues>" + names + "</cwmp:GetParameterValues>").names ==
        std::vector<std::string>{"Device.", ""});
  CHECK(
      clean_request<GetParameterAttributes>("<cwmp:GetParameterAttributes>" + names + "</cwmp:GetParameterAttributes>")
          .names.size() == 2);
}

TEST_CASE("GetParameterNames takes an empty path and the four forms of a boolean [P-2] [P-50]") {
  const auto with = [](std::string_view level) {
    return "<cwmp:GetParameterNames><ParameterPath></ParameterPath><NextLevel>" + std::string(level) +
           "</NextLevel></cwmp:GetParameterNames>";
  };
  CHECK(clean_request<GetParameterNames>(with("1")).next_level);
  CHECK(clean_request<GetParameterNames>(with(" true\n")).next_level);
  CHECK_FALSE(clean_request<GetParameterNames>(with("0")).next_level);
  CHECK_FALSE(clean_request<GetParameterNames>(with("false")).next_level);
  CHECK(clean_request<GetParameterNames>(with("0")).path.empty());
  for (const char* wrong : {"", "True", "yes", "2", "-1"}) CHECK_FALSE(why_bad(with(wrong)).empty());
}

TEST_CASE("SetParameterAttributes reads every field [P-61] [P-64]") {
  const auto request = clean_request<SetParameterAttributes>(
      "<cwmp:SetParameterAttributes><ParameterList enc:arrayType=\"cwmp:SetParameterAttributesStruct[1]\">"
      "<SetParameterAttributesStruct><Name>Device.</Name><NotificationChange>1</NotificationChange><Notification>2"
      "</Notification><AccessListChange>true</AccessListChange><AccessList enc:arrayType=\"xsd:string[1]\"><string>"
      "Subscriber</string></AccessList></SetParameterAttributesStruct></ParameterList></cwmp:SetParameterAttributes>");
  REQUIRE(request.attributes.size() == 1);
  const SetParameterAttribute& attribute = request.attributes[0];
  CHECK(attribute.name == "Device.");
  CHECK(attribute.notification_change);
  CHECK(attribute.notification == 2);
  CHECK(attribute.access_list_change);
  CHECK(attribute.access_list == std::vector<std::string>{"Subscriber"});
}

TEST_CASE("attributes that are to be ignored need not be readable [P-61]") {
  const AcsMessage message = decoded(envelope(
      "<cwmp:SetParameterAttributes><ParameterList enc:arrayType=\"cwmp:SetParameterAttributesStruct[1]\">"
      "<SetParameterAttributesStruct><Name>Device.</Name><NotificationChange>0</NotificationChange><Notification/>"
      "<AccessListChange>0</AccessListChange></SetParameterAttributesStruct></ParameterList>"
      "</cwmp:SetParameterAttributes>"));
  CHECK(request_in<SetParameterAttributes>(message).attributes.size() == 1);
  CHECK(has_finding(message, "E-4", "AccessList"));
}

TEST_CASE("a notification out of range is left to the device [P-62]") {
  CHECK(clean_request<SetParameterAttributes>(
            "<cwmp:SetParameterAttributes><ParameterList enc:arrayType=\"cwmp:SetParameterAttributesStruct[1]\">"
            "<SetParameterAttributesStruct><Name>Device.</Name><NotificationChange>1</NotificationChange><Notification>"
            "7</Notification><AccessListChange>0</AccessListChange><AccessList enc:arrayType=\"xsd:string[0]\"/>"
            "</SetParameterAttributesStruct></ParameterList></cwmp:SetParameterAttributes>")
            .attributes[0]
            .notification == 7);
}

TEST_CASE("AddObject and DeleteObject carry an object and a key") {
  const auto add = clean_request<AddObject>(
      "<cwmp:AddObject><ObjectName>Device.T.</ObjectName><ParameterKey>k</ParameterKey></cwmp:AddObject>");
  CHECK(add.object == "Device.T.");
  CHECK(add.parameter_key == "k");
  const auto del = clean_request<DeleteObject>(
      "<cwmp:DeleteObject><ObjectName>Device.T.1.</ObjectName><ParameterKey/></cwmp:DeleteObject>");
  CHECK(del.object == "Device.T.1.");
  CHECK(del.parameter_key.empty());
}

TEST_CASE("Reboot and ScheduleInform carry their command key") {
  CHECK(clean_request<Reboot>("<cwmp:Reboot><CommandKey>k</CommandKey></cwmp:Reboot>").command_key == "k");
  const auto inform = clean_request<ScheduleInform>(
      "<cwmp:ScheduleInform><DelaySeconds>4294967295</DelaySeconds><CommandKey>k</CommandKey></cwmp:ScheduleInform>");
  CHECK(inform.delay_seconds == 4294967295u);
  CHECK(inform.command_key == "k");
}

TEST_CASE("a delay of 0 is left to the device [P-112]") {
  CHECK(clean_request<ScheduleInform>("<cwmp:ScheduleInform><DelaySeconds>0</DelaySeconds><CommandKey/>"
                                      "</cwmp:ScheduleInform>")
            .delay_seconds == 0);
}

TEST_CASE("the length of a key counts characters [E-12]") {
  std::string umlauts;
  for (int i = 0; i < 32; ++i) umlauts += "\xC3\xA4";
  CHECK(clean_request<Reboot>("<cwmp:Reboot><CommandKey>" + umlauts + "</CommandKey></cwmp:Reboot>").command_key ==
        umlauts);
  CHECK(why_bad("<cwmp:Reboot><CommandKey>" + umlauts + "x</CommandKey></cwmp:Reboot>") ==
        "CommandKey is longer than 32 characters");
}

TEST_CASE("a missing key counts as empty and is a finding [E-4]") {
  const AcsMessage message = decoded(envelope("<cwmp:Reboot/>"));
  CHECK(request_in<Reboot>(message).command_key.empty());
  CHECK(has_finding(message, "E-4", "CommandKey"));
}

TEST_CASE("an unknown method is told by its name [E-14]") {
  CHECK(clean_request<UnknownMethod>("<cwmp:X_000B82_Do><a/></cwmp:X_000B82_Do>").name == "X_000B82_Do");
  CHECK(clean_request<UnknownMethod>("<cwmp:Inform/>").name == "Inform");
}

TEST_CASE("method names are case sensitive [E-16]") {
  CHECK(clean_request<UnknownMethod>("<cwmp:reboot/>").name == "reboot");
}

TEST_CASE("arguments that are missing or unreadable are bad arguments [E-14]") {
  const auto why = [](std::string_view method, std::string_view arguments) {
    std::string message = "<cwmp:";
    message += method;
    message += '>';
    message += arguments;
    message += "</cwmp:";
    message += method;
    message += '>';
    const BadArguments bad = request_in<BadArguments>(decoded(envelope(message)));
    CHECK(bad.method == method);
    return bad.why;
  };
  CHECK(why("SetParameterValues", "<ParameterKey/>") == "ParameterList is missing");
  CHECK(why("SetParameterValues",
            "<ParameterList><ParameterValueStruct><Value>1</Value></ParameterValueStruct>"
            "</ParameterList><ParameterKey/>") == "Name is missing");
  CHECK(why("SetParameterValues",
            "<ParameterList><ParameterValueStruct><Name>A</Name></ParameterValueStruct>"
            "</ParameterList><ParameterKey/>") == "Value is missing");
  CHECK(why("GetParameterValues", "") == "ParameterNames is missing");
  CHECK(why("GetParameterValues", "<ParameterNames/>") == "ParameterNames is empty");
  CHECK(why("GetParameterAttributes", "<ParameterNames/>") == "ParameterNames is empty");
  CHECK(why("GetParameterNames", "<NextLevel>0</NextLevel>") == "ParameterPath is missing");
  CHECK(why("GetParameterNames", "<ParameterPath/>") == "NextLevel is missing");
  CHECK(why("GetParameterNames", "<ParameterPath/><NextLevel>True</NextLevel>") ==
        "NextLevel is not a boolean: \"True\"");
  CHECK(why("SetParameterAttributes", "<ParameterList/>") == "ParameterList is empty");
  CHECK(why("SetParameterAttributes", "<ParameterList><SetParameterAttributesStruct/></ParameterList>") ==
        "Name is missing");
  CHECK(why("AddObject", "<ParameterKey/>") == "ObjectName is missing");
  CHECK(why("DeleteObject", "") == "ObjectName is missing");
  CHECK(why("AddObject", "<ObjectName>A.</ObjectName><ParameterKey>123456789012345678901234567890123</ParameterKey>") ==
        "ParameterKey is longer than 32 characters");
  for (const char* delay : {"", "soon", "-1", "4294967296", "1.5", "0x10", "+", "+-1", "99999999999999999999"}) {
    CAPTURE(delay);
    CHECK(why("ScheduleInform", "<DelaySeconds>" + std::string(delay) + "</DelaySeconds><CommandKey/>")
              .starts_with("DelaySeconds is no number"));
  }
}

TEST_CASE("wrong or absent array types are accepted with a finding [E-3]") {
  const auto with = [](std::string_view attribute) {
    return decoded(envelope("<cwmp:GetParameterValues><ParameterNames" + std::string(attribute) +
                            "><string>A</string><string>B</string></ParameterNames></cwmp:GetParameterValues>"));
  };
  CHECK(with(" enc:arrayType='xsd:string[2]'").findings.empty());
  for (const char* wrong :
       {"", " enc:arrayType='xsd:string[3]'", " enc:arrayType='xsd:string[]'", " enc:arrayType='xsd:int[2]'",
        " enc:arrayType='string'", " enc:arrayType=''", " enc:arrayType='xsd:string[2'",
        " enc:arrayType='xsd:string[-2]'", " enc:arrayType='xsd:string[99999999999999999999]'"}) {
    CAPTURE(wrong);
    const AcsMessage message = with(wrong);
    CHECK(request_in<GetParameterValues>(message).names.size() == 2);
    CHECK(has_finding(message, "E-3"));
  }
}

TEST_CASE("members of an array may have any name [E-3]") {
  const AcsMessage message = decoded(
      envelope("<cwmp:GetParameterValues><ParameterNames enc:arrayType='xsd:string[1]'><item>A</item></ParameterNames>"
               "</cwmp:GetParameterValues>"));
  CHECK(request_in<GetParameterValues>(message).names == std::vector<std::string>{"A"});
  CHECK(has_finding(message, "E-3", "<item>"));
}

TEST_CASE("arguments in any order, twice, with prefixes or unknown are accepted with a finding [E-2] [E-4] [E-15]") {
  const AcsMessage message = decoded(envelope(
      "<cwmp:ScheduleInform><CommandKey>k</CommandKey><cwmp:DelaySeconds>5</cwmp:DelaySeconds><Extra><a/></Extra>"
      "<DelaySeconds>6</DelaySeconds></cwmp:ScheduleInform>"));
  const auto request = request_in<ScheduleInform>(message);
  CHECK(request.delay_seconds == 5);
  CHECK(request.command_key == "k");
  CHECK(has_finding(message, "E-4", "DelaySeconds is not in its place"));
  CHECK(has_finding(message, "E-4", "DelaySeconds occurs more than once"));
  CHECK(has_finding(message, "E-2", "<cwmp:DelaySeconds>"));
  CHECK(has_finding(message, "E-15", "<Extra>"));
  CHECK(message.findings.size() == 4);
}

TEST_CASE("a value without a type is accepted with a finding [E-5]") {
  const AcsMessage message = decoded(envelope(
      "<cwmp:SetParameterValues><ParameterList enc:arrayType='cwmp:ParameterValueStruct[1]'><ParameterValueStruct>"
      "<Name>A</Name><Value>1</Value></ParameterValueStruct></ParameterList><ParameterKey/>"
      "</cwmp:SetParameterValues>"));
  CHECK(request_in<SetParameterValues>(message).values[0].declared_type.empty());
  CHECK(has_finding(message, "E-5"));
}

TEST_SUITE_END();
