// SPDX-License-Identifier: Apache-2.0
#include "journal/redact.hpp"

#include <doctest/doctest.h>
#include <string>

using cpefleet::journal::redact_secrets;

namespace {
bool leaks(std::string_view body) { return redact_secrets(body).find("geheim") != std::string::npos; }
}  // namespace

TEST_CASE("values of password-like parameters are replaced, all else stays") {
  CHECK(redact_secrets("<ParameterValueStruct><Name>Device.ManagementServer.Password</Name>"
                       "<Value xsi:type=\"xsd:string\">geheim</Value></ParameterValueStruct>"
                       "<ParameterValueStruct><Name>Device.X</Name><Value>seen</Value></ParameterValueStruct>") ==
        "<ParameterValueStruct><Name>Device.ManagementServer.Password</Name>"
        "<Value xsi:type=\"xsd:string\">***</Value></ParameterValueStruct>"
        "<ParameterValueStruct><Name>Device.X</Name><Value>seen</Value></ParameterValueStruct>");
}

TEST_CASE("secrets are known by the last part of their name") {
  for (const std::string name :
       {"Device.ManagementServer.ConnectionRequestPassword", "A.B.STUNPassword", "X.AuthPassword",
        "WLAN.1.PreSharedKey.1.KeyPassphrase", "W.WEPKey", "X.PrivateKey", "X.FirmwareKey", "x.password", "P2",
        "Device.P34", "P51506", " Device.Password\n", "Device.Pass&#119;ord", "<![CDATA[Device.Password]]>"})
    CHECK_MESSAGE(!leaks("<n:Name>" + std::string(name) + "</n:Name><v:Value>geheim</v:Value>"), name);
}

TEST_CASE("names that only look like secrets keep their values") {
  for (const std::string name : {"Device.ManagementServer.ParameterKey", "CommandKey",
                                 "Device.UserInterface.PasswordRequired", "Device.Password.Length", "P3", "P21"})
    CHECK_MESSAGE(leaks("<Name>" + std::string(name) + "</Name><Value>geheim</Value>"), name);
  CHECK(leaks("<CommandKey>geheim</CommandKey>"));
}

TEST_CASE("elements that are secrets themselves are hidden") {
  CHECK(redact_secrets("<Username>u</Username><Password>geheim</Password><FileSize>1</FileSize>") ==
        "<Username>u</Username><Password>***</Password><FileSize>1</FileSize>");
  CHECK(redact_secrets("<Password/><URL>x</URL><Password></Password>") ==
        "<Password/><URL>x</URL><Password></Password>");
}

TEST_CASE("broken XML hides to the end of the value or of the text") {
  CHECK(!leaks("<Name>A.Password</Name><Value>geheim"));
  CHECK(!leaks("<Name>A.Password<Value>geheim</Value>"));
  CHECK(!leaks("<Name>A.Password</Nam><Value>ge<b>geheim</b></Value>"));
  CHECK(!leaks("<Name>A.Password</Name><Value><![CDATA[</x>geheim]]></Value>"));
  CHECK(!leaks("<Name>A.Password</Name><Value a=\">\">geheim</Value>"));
  CHECK(!leaks("<Name>A.Password</Name><Value a=\">geheim</Value>"));
  CHECK(!leaks("<Name>A.Password</Name>\n\t<!-- x --><Value\n>geheim</Value>"));
  CHECK(!leaks("<ParameterValueStruct><Value>geheim</Value><Name>A.Password</Name></ParameterValueStruct>"));
  CHECK(!leaks("<Password>geheim"));
  CHECK(!leaks("<Password\x01>geheim</Password>"));
  CHECK(redact_secrets("<Name>A.Password</Name><Value/><Name>B</Name><Value>seen</Value>").find("seen") !=
        std::string::npos);
}

TEST_CASE("assignments in plain text are hidden") {
  CHECK(redact_secrets("Device.ManagementServer.Password=geheim rest") == "Device.ManagementServer.Password=*** rest");
  CHECK(redact_secrets("{\"password\": \"geheim\", \"user\": \"u\"}") == "{\"password\": \"***\", \"user\": \"u\"}");
  CHECK(redact_secrets("/x?password=geheim&u=1") == "/x?password=***&u=1");
  CHECK(redact_secrets("the password is wrong") == "the password is wrong");
}

TEST_CASE("text without secrets comes back byte for byte") {
  for (const std::string body :
       {"", "<", "<<<>>>", "</", "<a", "<a 'x", "plain", "<Value>", "\xff\xfe<\x00>", "<!-- Password -->"})
    CHECK(redact_secrets(body) == body);
}

TEST_CASE("nested openings do not take quadratic time") {
  std::string body;
  for (int i = 0; i < 300'000; ++i) body += "<Name>A.Key<Value>";
  CHECK(redact_secrets(body).size() <= body.size() + 10);
  body.clear();
  for (int i = 0; i < 300'000; ++i) body += "<Name>x<Value>";
  CHECK(redact_secrets(body) == body);
}
