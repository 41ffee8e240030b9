// SPDX-License-Identifier: Apache-2.0
#include "device/device.hpp"

#include <doctest/doctest.h>

#include "cwmp/soap_encode.hpp"
#include "small_device.hpp"

using namespace cpefleet;
using namespace cpefleet::device;
using namespace std::chrono_literals;
using test::SmallDevice;
using Kind = Stimulus::Kind;
using Codes = std::vector<std::string>;

namespace {

cwmp::SetParameterValues set(std::string name, std::string value) {
  return {{{std::move(name), std::move(value), ""}}, "key"};
}

// Sets PeriodicInformEnable and an interval as an ACS would.
void enable_periodic(SmallDevice& phone, const char* seconds) {
  phone.during = [seconds](SessionView& view) {
    static_cast<void>(
        view.answer(cwmp::SetParameterValues{{{"Device.ManagementServer.PeriodicInformEnable", "1", ""},
                                              {"Device.ManagementServer.PeriodicInformInterval", seconds, ""}},
                                             ""}));
  };
}

}  // namespace

TEST_SUITE_BEGIN("device.device");

TEST_CASE("a factory device's first Inform carries 0 BOOTSTRAP and 1 BOOT, its next boot only 1 BOOT [V-7, V-8]") {
  SmallDevice phone;
  CHECK(phone.device.next_due() == kNever);
  CHECK(phone.stimulate(Kind::boot) == Admission::start);
  CHECK(phone.session() == OwnTrigger::none);
  CHECK(phone.informed() == Codes{"0 BOOTSTRAP", "1 BOOT"});
  CHECK(phone.last.retry_count == 0);
  CHECK(phone.stimulate(Kind::boot) == Admission::start);
  CHECK(phone.session() == OwnTrigger::none);
  CHECK(phone.informed() == Codes{"1 BOOT"});
}

TEST_CASE("a vendor's methods are listed and answered as the profile says [P-8, P-10]") {
  SmallDevice phone(true);
  auto profile = std::make_shared<profile::Profile>(*phone.group->profile);
  profile->methods = {{"X_GRANDSTREAM_GetLog", {{"Size", "100"}, {"Note", "<none>"}}, 0, ""},
                      {"X_GRANDSTREAM_Fail", {}, 9801, "no log"}};
  phone.group->firmware = {{&profile->firmware.front(), 1.0}};
  phone.group->profile = profile;
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [](SessionView& view) {
    const auto methods = std::get<cwmp::GetRPCMethodsResponse>(view.answer(cwmp::GetRPCMethods{})).methods;
    CHECK(methods.back() == "X_GRANDSTREAM_Fail");
    std::string xml;
    cwmp::encode_response(xml, cwmp::Version::v1_0, std::nullopt,
                          view.answer(cwmp::UnknownMethod{"X_GRANDSTREAM_GetLog"}));
    CHECK(xml.find("<cwmp:X_GRANDSTREAM_GetLogResponse><Size>100</Size><Note>&lt;none&gt;</Note></cwmp:") !=
          std::string::npos);
    CHECK(std::get<cwmp::Fault>(view.answer(cwmp::UnknownMethod{"X_GRANDSTREAM_Fail"})).code == 9801);
    CHECK(std::get<cwmp::Fault>(view.answer(cwmp::UnknownMethod{"X_GRANDSTREAM_Other"})).code == 9000);
  };
  static_cast<void>(phone.session());
}

TEST_CASE("a known device does not bootstrap") {
  SmallDevice phone(true);
  CHECK(phone.stimulate(Kind::periodic) == Admission::start);
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC"});
}

TEST_CASE(
    "a failed session is retried after the table's wait with a rising RetryCount, and success resets it [R-1, R-4, R-5]") {
  SmallDevice phone;
  static_cast<void>(phone.stimulate(Kind::boot));
  for (std::uint32_t n = 1; n <= 3; ++n) {
    CHECK(phone.session(Cause::connect_refused, false) == OwnTrigger::none);
    CHECK(phone.last.retry_count == n - 1);
    CHECK(phone.device.waits_for_retry());
    CHECK(phone.device.has_backlog());
    const auto wait = phone.device.next_due() - phone.clock.now();
    CHECK(wait >= std::chrono::seconds{5 << (n - 1)});
    CHECK(wait <= std::chrono::seconds{5 << n});
    phone.clock.set(phone.device.next_due());
    CHECK(phone.device.on_timer(phone.context()).trigger == OwnTrigger::retry);
  }
  CHECK(phone.session() == OwnTrigger::none);
  CHECK(phone.last.retry_count == 3);
  CHECK(phone.informed() == Codes{"0 BOOTSTRAP", "1 BOOT"});
  CHECK(phone.device.retry_count() == 0);
  CHECK_FALSE(phone.device.has_backlog());
}

TEST_CASE("Retry-After is waited for when it is longer than the table's wait") {
  SmallDevice phone;
  static_cast<void>(phone.stimulate(Kind::boot));
  SessionView view(phone.device, phone.context());
  static_cast<void>(view.inform(cwmp::Version::v1_0));
  cwmp::SessionOutcome outcome;
  outcome.cause = Cause::service_unavailable;
  outcome.retry_after = 60s;
  static_cast<void>(phone.device.session_ended(phone.context(), view, outcome));
  CHECK(phone.device.next_due() == phone.clock.now() + 60s);
}

TEST_CASE("an event during the retry wait goes out with the retry, which keeps its time [R-3]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session(Cause::reset, false));
  const auto due = phone.device.next_due();
  CHECK(phone.stimulate(Kind::boot) == Admission::merged_retry_wait);
  CHECK(phone.device.next_due() == due);
  phone.clock.set(due);
  CHECK(phone.device.on_timer(phone.context()).trigger == OwnTrigger::retry);
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"1 BOOT", "2 PERIODIC"});
  CHECK(phone.last.retry_count == 1);
}

TEST_CASE("a stimulus during a session leads to one session after it [S-14, S-1]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [&](SessionView&) {
    CHECK(phone.stimulate(Kind::periodic) == Admission::merged_in_session);
    CHECK(phone.stimulate(Kind::periodic) == Admission::merged_in_session);
  };
  CHECK(phone.session() == OwnTrigger::follow_up);
  phone.during = nullptr;
  CHECK(phone.session() == OwnTrigger::none);
}

TEST_CASE("an off-line device skips what it is told and speaks when the link is back") {
  SmallDevice phone(true);
  CHECK(phone.stimulate(Kind::offline) == Admission::done);
  CHECK(phone.stimulate(Kind::boot) == Admission::skipped_offline);
  CHECK(phone.device.next_due() == kNever);
  CHECK(phone.stimulate(Kind::online) == Admission::done);
  CHECK(phone.stimulate(Kind::boot) == Admission::start);
}

TEST_CASE("the periodic timer follows PeriodicInformEnable and Interval at once [P-33]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::boot));
  enable_periodic(phone, "300");
  static_cast<void>(phone.session());
  phone.during = nullptr;
  CHECK(phone.device.next_due() == phone.clock.now() + 300s);
  phone.clock.advance(300s);
  const auto due = phone.device.on_timer(phone.context());
  CHECK(due.trigger == OwnTrigger::periodic);
  CHECK(due.due == phone.clock.now());
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC"});
  CHECK(phone.device.next_due() == phone.clock.now() + 300s);
}

TEST_CASE("PeriodicInformTime sets the phase, in the past or the future [M-12]") {
  SmallDevice phone(true);
  for (const auto* reference : {"2020-01-01T00:00:30Z", "2035-06-01T00:01:30Z"}) {
    static_cast<void>(phone.stimulate(Kind::boot));
    phone.during = [reference](SessionView& view) {
      static_cast<void>(
          view.answer(cwmp::SetParameterValues{{{"Device.ManagementServer.PeriodicInformEnable", "true", ""},
                                                {"Device.ManagementServer.PeriodicInformInterval", "60", ""},
                                                {"Device.ManagementServer.PeriodicInformTime", reference, ""}},
                                               ""}));
    };
    static_cast<void>(phone.session());
    const auto wall = phone.clock.wall(phone.device.next_due());
    CHECK(wall.time_since_epoch() % 60s == 30s);
    CHECK(phone.device.next_due() - phone.clock.now() <= 60s);
    CHECK(phone.device.next_due() > phone.clock.now());
  }
}

TEST_CASE("Reboot takes the device off-line after the session, then 1 BOOT with M Reboot and its key [P-110, S-9]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [](SessionView& view) {
    CHECK(std::holds_alternative<cwmp::RebootResponse>(view.answer(cwmp::Reboot{"upgrade-7"})));
  };
  CHECK(phone.session() == OwnTrigger::none);
  phone.during = nullptr;
  CHECK(phone.device.offline());
  CHECK(phone.stimulate(Kind::periodic) == Admission::skipped_offline);
  CHECK(phone.device.next_due() == phone.clock.now() + 20s);
  phone.clock.advance(20s);
  CHECK(phone.device.on_timer(phone.context()).trigger == OwnTrigger::boot);
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"1 BOOT", "M Reboot"});
  CHECK(phone.last.events.back().command_key == "upgrade-7");
}

TEST_CASE("FactoryReset brings defaults and 0 BOOTSTRAP, keeps the ACS, clears ParameterKey [P-111, B-3]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [](SessionView& view) {
    static_cast<void>(view.answer(set("Device.DeviceInfo.ProvisioningCode", "abc")));
    static_cast<void>(view.answer(set("Device.ManagementServer.Username", "me")));
    static_cast<void>(view.answer(cwmp::FactoryReset{}));
  };
  static_cast<void>(phone.session());
  phone.clock.advance(20s);
  CHECK(phone.device.on_timer(phone.context()).trigger == OwnTrigger::boot);
  phone.during = [](SessionView& view) {
    const auto response = view.answer(
        cwmp::GetParameterValues{{"Device.DeviceInfo.ProvisioningCode", "Device.ManagementServer.ParameterKey",
                                  "Device.ManagementServer.Username"}});
    const auto& values = std::get<cwmp::GetParameterValuesResponse>(response).values;
    CHECK(values[0].value.empty());
    CHECK(values[1].value.empty());
    CHECK(values[2].value == "me");
  };
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"0 BOOTSTRAP", "1 BOOT"});
}

TEST_CASE("a new ACS URL is called after the session with 0 BOOTSTRAP alone [P-32, V-7]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [&](SessionView& view) {
    static_cast<void>(phone.stimulate(Kind::boot));
    const auto response = view.answer(set("Device.ManagementServer.URL", "http://127.0.0.2/other"));
    CHECK(std::get<cwmp::SetParameterValuesResponse>(response).status == 1);
    CHECK(view.acs_url() == "http://127.0.0.1:7547/acs");
  };
  CHECK(phone.session() == OwnTrigger::follow_up);
  phone.during = [](SessionView& view) { CHECK(view.acs_url() == "http://127.0.0.2/other"); };
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"0 BOOTSTRAP"});
}

TEST_CASE("a new ACS URL and a reboot in one session lead to 0 BOOTSTRAP at the new ACS [V-7, P-32, P-110]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [](SessionView& view) {
    static_cast<void>(view.answer(set("Device.ManagementServer.URL", "http://127.0.0.2/other")));
    static_cast<void>(view.answer(cwmp::Reboot{"move"}));
  };
  CHECK(phone.session() == OwnTrigger::none);
  phone.during = nullptr;
  phone.clock.advance(20s);
  CHECK(phone.device.on_timer(phone.context()).trigger == OwnTrigger::boot);
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"0 BOOTSTRAP", "1 BOOT", "M Reboot"});
}

TEST_CASE("a PeriodicInformTime millennia away still gives a next inform within the interval [M-12]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::boot));
  phone.during = [](SessionView& view) {
    static_cast<void>(view.answer(
        cwmp::SetParameterValues{{{"Device.ManagementServer.PeriodicInformEnable", "1", ""},
                                  {"Device.ManagementServer.PeriodicInformInterval", "60", ""},
                                  {"Device.ManagementServer.PeriodicInformTime", "9999-12-31T23:59:59Z", ""}},
                                 ""}));
  };
  static_cast<void>(phone.session());
  CHECK(phone.device.next_due() > phone.clock.now());
  CHECK(phone.device.next_due() <= phone.clock.now() + 60s);
}

TEST_CASE("several ScheduleInforms come due one by one with their keys [P-112, V-2]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [](SessionView& view) {
    static_cast<void>(view.answer(cwmp::ScheduleInform{30, "late"}));
    static_cast<void>(view.answer(cwmp::ScheduleInform{10, "early"}));
    const auto zero = view.answer(cwmp::ScheduleInform{0, "never"});
    CHECK(std::get<cwmp::Fault>(zero).code == 9003);
  };
  static_cast<void>(phone.session());
  phone.during = nullptr;
  for (const auto* key : {"early", "late"}) {
    phone.clock.set(phone.device.next_due());
    CHECK(phone.device.on_timer(phone.context()).trigger == OwnTrigger::scheduled);
    static_cast<void>(phone.session());
    CHECK(phone.informed() == Codes{"3 SCHEDULED", "M ScheduleInform"});
    CHECK(phone.last.events.back().command_key == key);
  }
  CHECK(phone.device.next_due() == kNever);
}

TEST_CASE("the Inform names the device and exactly the forced parameters [I-1, I-8]") {
  SmallDevice phone;
  static_cast<void>(phone.stimulate(Kind::boot));
  static_cast<void>(phone.session());
  CHECK(phone.last.device.oui == "000B82");
  CHECK(phone.last.device.product_class == "GXP2170");
  CHECK(phone.last.device.serial_number.size() == 12);
  REQUIRE(phone.last.parameters.size() == 3);
  CHECK(phone.last.parameters[0].name == "Device.DeviceInfo.SoftwareVersion");
  CHECK(phone.last.parameters[0].value == "1.0.11.35");
}

TEST_CASE("credentials are the data model's own, hidden or not [P-30]") {
  SmallDevice phone;
  static_cast<void>(phone.stimulate(Kind::boot));
  phone.during = [](SessionView& view) {
    CHECK(view.credentials().password == "secret");
    static_cast<void>(view.answer(set("Device.ManagementServer.Password", "other")));
    CHECK(view.credentials().password == "other");
    const auto response = view.answer(cwmp::GetParameterValues{{"Device.ManagementServer.Password"}});
    CHECK(std::get<cwmp::GetParameterValuesResponse>(response).values[0].value.empty());
  };
  static_cast<void>(phone.session());
}

TEST_CASE("an idle device that was never contacted owns nothing on the heap") {
  SmallDevice phone(true);
  CHECK(phone.device.heap_bytes() == 0);
  CHECK(sizeof(Device) <= 96);
}

TEST_SUITE_END();
