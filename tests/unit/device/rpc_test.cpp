// SPDX-License-Identifier: Apache-2.0
#include "device/rpc.hpp"

#include <algorithm>
#include <doctest/doctest.h>

#include "small_device.hpp"

using namespace cpefleet;
using namespace cpefleet::cwmp;
using test::SmallDevice;

namespace {

// One session in which the test plays the ACS.
struct Session {
  Session() : view((static_cast<void>(phone.stimulate(device::Stimulus::Kind::boot)), phone.device), phone.context()) {}
  template <class R>
  R ask(const AcsRequest& request) {
    auto response = view.answer(request);
    if (const auto* fault = std::get_if<Fault>(&response); fault != nullptr && !std::is_same_v<R, Fault>)
      FAIL("fault " << fault->code << ": " << fault->text);
    REQUIRE(std::holds_alternative<R>(response));
    return std::get<R>(response);
  }
  int fault(const AcsRequest& request) { return ask<Fault>(request).code; }
  std::string value(const std::string& name) {
    return ask<GetParameterValuesResponse>(GetParameterValues{{name}}).values.at(0).value;
  }
  SmallDevice phone;
  device::SessionView view;
};

SetParameterValues set(std::vector<SetValue> values, std::string key = "k1") {
  return {std::move(values), std::move(key)};
}
constexpr const char* kKey = "Device.ManagementServer.ParameterKey";
constexpr const char* kCode = "Device.DeviceInfo.ProvisioningCode";

}  // namespace

TEST_SUITE_BEGIN("device.rpc");

TEST_CASE("GetRPCMethods lists every method that is answered, itself included, and none of the ACS's [P-10]") {
  Session session;
  const auto methods = session.ask<GetRPCMethodsResponse>(GetRPCMethods{}).methods;
  CHECK(std::count(methods.begin(), methods.end(), "GetRPCMethods") == 1);
  CHECK(std::count(methods.begin(), methods.end(), "Inform") == 0);
  CHECK(std::count(methods.begin(), methods.end(), "TransferComplete") == 0);
  CHECK(methods.size() == 13);
}

TEST_CASE("an unknown method is answered 9000, unreadable arguments 9003 [E-14]") {
  Session session;
  CHECK(session.fault(UnknownMethod{"SetVouchers"}) == 9000);
  CHECK(session.fault(BadArguments{"Reboot", "no CommandKey"}) == 9003);
}

TEST_CASE("methods of queued transfers are there where a profile has them, else 9000 [E-14, P-113]") {
  Session session;
  for (const AcsRequest& request : {AcsRequest{GetQueuedTransfers{}}, AcsRequest{GetAllQueuedTransfers{}},
                                    AcsRequest{ScheduleDownload{}}, AcsRequest{CancelTransfer{}}}) {
    CHECK(session.ask<Fault>(request).text == "Method not supported: " + std::string(method_name(request)));
    CHECK(session.fault(request) == 9000);
    CHECK_FALSE(session.view.has_method(method_name(request)));
  }
  for (const auto& method : session.ask<GetRPCMethodsResponse>(GetRPCMethods{}).methods) {
    CHECK(session.view.has_method(method));
  }
}

TEST_CASE("SetParameterValues applies all values and sets ParameterKey, the empty one too [P-20, P-7, P-34]") {
  Session session;
  CHECK(session.ask<SetParameterValuesResponse>(set({{kCode, "a", ""}, {"Device.Profile.1.Name", "b", ""}})).status ==
        0);
  CHECK(session.value(kCode) == "a");
  CHECK(session.value("Device.Profile.1.Name") == "b");
  CHECK(session.value(kKey) == "k1");
  session.ask<SetParameterValuesResponse>(set({}, ""));
  CHECK(session.value(kKey).empty());
}

TEST_CASE("one bad value refuses all of them, with a fault for each, and changes nothing [P-21, P-6, P-24]") {
  Session session;
  const auto fault = session.ask<Fault>(set({{kCode, "new", ""},
                                             {"Device.Nonsense", "1", ""},
                                             {"Device.DeviceInfo.", "1", ""},
                                             {"Device.ManagementServer.PeriodicInformInterval", "many", ""},
                                             {"Device.ManagementServer.PeriodicInformInterval", "0", ""},
                                             {"Device.DeviceInfo.UpTime", "5", ""},
                                             {"Device.Profile.9.Name", "x", ""}}));
  CHECK(fault.code == 9003);
  std::vector<int> codes;
  for (const auto& p : fault.parameters) codes.push_back(p.code);
  CHECK(codes == std::vector<int>{9005, 9005, 9006, 9007, 9008, 9005});
  CHECK(session.value(kCode).empty());
  CHECK(session.value(kKey).empty());
}

TEST_CASE("what asks for more than a device can hold is 9004, and says nothing of single parameters [P-22, P-44]") {
  Session session;
  const auto set_fault = session.ask<Fault>(set(std::vector<SetValue>(20'001, {kCode, "a", ""})));
  CHECK(set_fault.code == 9004);
  CHECK(set_fault.parameters.empty());
  CHECK(session.value(kCode).empty());
  CHECK(session.value(kKey).empty());
  CHECK(session.fault(GetParameterValues{std::vector<std::string>(20'001, kCode)}) == 9004);
}

TEST_CASE("a parameter given twice is refused with 9003 [P-23]") {
  Session session;
  const auto fault = session.ask<Fault>(set({{kCode, "a", ""}, {kCode, "b", ""}}));
  CHECK(fault.code == 9003);
  CHECK(session.value(kCode).empty());
}

TEST_CASE(
    "GetParameterValues answers names, partial paths and the empty path, without repeating a parameter [P-40, P-42, P-45]") {
  Session session;
  const auto count = [&](std::vector<std::string> names) {
    return session.ask<GetParameterValuesResponse>(GetParameterValues{std::move(names)}).values.size();
  };
  CHECK(count({kCode}) == 1);
  CHECK(count({"Device.DeviceInfo."}) == 4);
  const auto all = count({""});
  CHECK(all == count({"Device."}));
  CHECK(count({"Device.", "Device.DeviceInfo.", kCode, kCode}) == all);
}

TEST_CASE("an unknown name faults the whole GetParameterValues with 9005 [P-41, P-78, E-16]") {
  Session session;
  for (const auto* name : {"Device.Nonsense", "Device.DeviceInfo", "Device.Profile.[a].Name", "Device.Profile.2.Name",
                           "device.DeviceInfo.", "Device..", ".", "Device.Profile.01.Name"})
    CHECK_MESSAGE(session.fault(GetParameterValues{{kCode, name}}) == 9005, name);
}

TEST_CASE(
    "GetParameterNames lists one level, or everything, as the standard says [P-51, P-52, P-53, P-54, P-56, P-57]") {
  Session session;
  const auto names = [&](std::string path, bool next) {
    std::vector<std::string> out;
    for (const auto& n : session.ask<GetParameterNamesResponse>(GetParameterNames{std::move(path), next}).names)
      out.push_back(n.name + (n.writable ? "*" : ""));
    return out;
  };
  using Names = std::vector<std::string>;
  CHECK(names("", true) == Names{"Device."});
  CHECK(names("Device.", true) ==
        Names{"Device.DeviceInfo.", "Device.ManagementServer.", "Device.Profile.*", "Device.ProfileNumberOfEntries"});
  CHECK(names("Device.Profile.", true) == Names{"Device.Profile.1.*"});
  CHECK(names("Device.Profile.", false) == Names{"Device.Profile.*", "Device.Profile.1.*", "Device.Profile.1.Name*"});
  CHECK(names(kCode, false) == Names{std::string(kCode) + "*"});
  CHECK(session.fault(GetParameterNames{kCode, true}) == 9003);
  CHECK(session.fault(GetParameterNames{"Device.None.", false}) == 9005);
}

TEST_CASE(
    "AddObject numbers a new row, counts it, and DeleteObject removes it with everything below [P-70, P-72, P-74, P-75, P-76, P-77, M-14]") {
  Session session;
  const auto added = session.ask<AddObjectResponse>(AddObject{"Device.Profile.", "k2"});
  CHECK(added.instance == 2);
  CHECK(session.value(kKey) == "k2");
  CHECK(session.value("Device.Profile.2.Name") == "unnamed");
  CHECK(session.value("Device.ProfileNumberOfEntries") == "2");
  session.ask<SetParameterValuesResponse>(set({{"Device.Profile.2.Name", "mine", ""}}));
  session.ask<DeleteObjectResponse>(DeleteObject{"Device.Profile.2.", "k3"});
  CHECK(session.value(kKey) == "k3");
  CHECK(session.fault(GetParameterValues{{"Device.Profile.2.Name"}}) == 9005);
  CHECK(session.value("Device.ProfileNumberOfEntries") == "1");
  CHECK(session.ask<AddObjectResponse>(AddObject{"Device.Profile.", ""}).instance == 3);
}

TEST_CASE(
    "AddObject and DeleteObject refuse what is no table or row, and a full table gives 9004 [P-70, P-71, P-73, P-76]") {
  Session session;
  for (const auto* name : {"Device.Profile", "Device.Profile.1.", "Device.DeviceInfo.", kCode, "Device.None.", ""})
    CHECK_MESSAGE(session.fault(AddObject{name, "x"}) == 9005, name);
  for (const auto* name : {"Device.Profile.", "Device.Profile.7.", "Device.Profile.1", "Device.DeviceInfo.", ""})
    CHECK_MESSAGE(session.fault(DeleteObject{name, "x"}) == 9005, name);
  session.ask<AddObjectResponse>(AddObject{"Device.Profile.", ""});
  session.ask<AddObjectResponse>(AddObject{"Device.Profile.", "full"});
  CHECK(session.fault(AddObject{"Device.Profile.", "over"}) == 9004);
  CHECK(session.value(kKey) == "full");
}

TEST_CASE("attributes are set, kept and read back; false flags leave them [P-60, P-61, P-64, P-66, P-67, N-1]") {
  Session session;
  const auto get = [&](std::string name) {
    return session.ask<GetParameterAttributesResponse>(GetParameterAttributes{{std::move(name)}}).attributes;
  };
  CHECK(get(kCode).at(0).notification == 0);
  CHECK(get(kCode).at(0).access_list == std::vector<std::string>{"Subscriber"});
  session.ask<SetParameterAttributesResponse>(SetParameterAttributes{{{kCode, true, 2, true, {}}}});
  CHECK(get(kCode).at(0).notification == 2);
  CHECK(get(kCode).at(0).access_list.empty());
  session.ask<SetParameterAttributesResponse>(SetParameterAttributes{{{kCode, false, 1, false, {"Subscriber"}}}});
  CHECK(get(kCode).at(0).notification == 2);
  CHECK(get(kCode).at(0).access_list.empty());
  session.ask<SetParameterAttributesResponse>(SetParameterAttributes{{{"Device.DeviceInfo.", true, 1, false, {}}}});
  for (const auto& a : get("Device.DeviceInfo.")) CHECK(a.notification == 1);
}

TEST_CASE(
    "a wrong Notification is 9003, active where it may be denied 9009, unknown 9005, and nothing changes [P-62, P-63, P-65, N-6]") {
  Session session;
  const auto fault = [&](std::string name, int notification) {
    return session.fault(
        SetParameterAttributes{{{kCode, true, 1, false, {}}, {std::move(name), true, notification, false, {}}}});
  };
  CHECK(fault(kCode, 3) == 9003);
  CHECK(fault(kKey, 2) == 9009);
  CHECK(fault("Device.", 2) == 9009);
  CHECK(fault("Device.None", 1) == 9005);
  const auto now = session.ask<GetParameterAttributesResponse>(GetParameterAttributes{{kCode}}).attributes.at(0);
  CHECK(now.notification == 0);
}

TEST_SUITE_END();
