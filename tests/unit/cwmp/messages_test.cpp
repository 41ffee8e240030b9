// SPDX-License-Identifier: Apache-2.0
#include "cwmp/messages.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "xml/document.hpp"

using namespace cpefleet::cwmp;

namespace {

// Code and annotation of every fault that the XSD of the newer version names.
std::map<int, std::string> standard_faults() {
  std::ifstream file(CPEFLEET_SOURCE_DIR "/tests/spec/xsd/cwmp-1-1-strict.xsd");
  REQUIRE(file.good());
  const auto document = cpefleet::xml::Document::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  REQUIRE(document);
  std::map<int, std::string> faults;
  for (auto type = document->root().first_child(); type; type = type.next_sibling()) {
    if (type.attribute("name") != "FaultCodeType") continue;
    for (auto range = type.child("union").first_child(); range; range = range.next_sibling()) {
      for (auto entry = range.child("restriction").first_child(); entry; entry = entry.next_sibling()) {
        if (entry.local_name() != "enumeration") continue;
        faults[std::stoi(std::string(entry.attribute("value")))] =
            entry.child("annotation").child("documentation").text();
      }
    }
  }
  return faults;
}

}  // namespace

TEST_SUITE_BEGIN("cwmp.messages");

TEST_CASE("fault texts are the words of the standard") {
  const auto faults = standard_faults();
  CHECK(faults.size() == 26);
  for (const auto& fault : faults) {  // no structured binding: clang 14 cannot capture one
    CAPTURE(fault.first);
    CHECK(fault_text(fault.first) == fault.second);
  }
  CHECK(fault_text(9020).empty());
  CHECK(fault_text(9800).empty());
}

TEST_CASE("faults the ACS caused are Client, all others Server [E-13]") {
  for (const int code : {8003, 9003, 9005, 9006, 9007, 9008}) CHECK(is_client_fault(code));
  for (const int code : {0, 8000, 8005, 9000, 9001, 9002, 9004, 9009, 9010, 9019, 9800})
    CHECK_FALSE(is_client_fault(code));
}

TEST_CASE("a fault is made of the standard's words and a detail") {
  CHECK(make_fault(9005).text == "Invalid parameter name");
  CHECK(make_fault(9005, "Device.X").text == "Invalid parameter name: Device.X");
  CHECK(make_fault(9899, "no power").text == "no power");
  CHECK(make_fault(9005).code == 9005);
}

TEST_CASE("requests and responses know their names") {
  CHECK(method_name(AcsRequest{SetParameterValues{}}) == "SetParameterValues");
  CHECK(method_name(AcsRequest{UnknownMethod{"X_A"}}) == "X_A");
  CHECK(method_name(AcsRequest{BadArguments{"Reboot", "why"}}) == "Reboot");
  CHECK(method_name(CpeRequest{CpeGetRPCMethods{}}) == "GetRPCMethods");
  CHECK(message_name(CpeResponse{RebootResponse{}}) == "RebootResponse");
  CHECK(message_name(CpeResponse{Fault{}}) == "Fault");
}

TEST_CASE("types are named as XML Schema names them [E-5]") {
  CHECK(xsd_name(ValueType::integer) == "xsd:int");
  CHECK(xsd_name(ValueType::base64) == "xsd:base64Binary");
}

TEST_SUITE_END();
