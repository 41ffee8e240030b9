// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <doctest/doctest.h>

#include "small_device.hpp"

using namespace cpefleet;
using namespace cpefleet::device;
using namespace std::chrono_literals;
using test::SmallDevice;
using Kind = Stimulus::Kind;
using Codes = std::vector<std::string>;

namespace {

constexpr const char* kCode = "Device.DeviceInfo.ProvisioningCode";
constexpr const char* kUpTime = "Device.DeviceInfo.UpTime";

// A device that has met its ACS, which asked to be notified of these.
SmallDevice& with_rules(SmallDevice& phone, const std::vector<std::pair<std::string, int>>& rules) {
  static_cast<void>(phone.stimulate(Kind::boot));
  phone.during = [&rules](SessionView& view) {
    cwmp::SetParameterAttributes set;
    for (const auto& [name, level] : rules) set.attributes.push_back({name, true, level, false, {}});
    CHECK(std::holds_alternative<cwmp::SetParameterAttributesResponse>(view.answer(set)));
  };
  static_cast<void>(phone.session());
  phone.during = nullptr;
  return phone;
}

Admission change(SmallDevice& phone, const char* path, std::string value) {
  Stimulus stimulus;
  stimulus.kind = Kind::set;
  stimulus.path = path;
  stimulus.value = std::move(value);
  return phone.device.stimulate(phone.context(), stimulus);
}

// The value of a parameter in the last Inform, or "-".
std::string told(const SmallDevice& phone, std::string_view path) {
  const auto found = std::find_if(phone.last.parameters.begin(), phone.last.parameters.end(),
                                  [&](const auto& p) { return p.name == path; });
  return found == phone.last.parameters.end() ? "-" : found->value;
}

// The session that the device's own timer asks for next, if any within `most`.
OwnTrigger wait_for_trigger(SmallDevice& phone, Duration most) {
  const auto until = phone.clock.now() + most;
  while (phone.device.next_due() <= until) {
    phone.clock.set(phone.device.next_due());
    if (const auto due = phone.device.on_timer(phone.context()); due.trigger != OwnTrigger::none) return due.trigger;
  }
  phone.clock.set(until);
  return OwnTrigger::none;
}

}  // namespace

TEST_SUITE_BEGIN("device.notification");

TEST_CASE("without notification a change is told to nobody [N-1]") {
  SmallDevice phone;
  with_rules(phone, {});
  CHECK(change(phone, kCode, "a") == Admission::quiet);
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC"});
  CHECK(told(phone, kCode) == "-");
}

TEST_CASE("a passive change starts no session and goes with the next Inform [N-2, I-9]") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 1}});
  CHECK(change(phone, kCode, "a") == Admission::quiet);
  CHECK(phone.device.next_due() == kNever);
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC", "4 VALUE CHANGE"});
  CHECK(told(phone, kCode) == "a");
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC"});
}

TEST_CASE("an active change starts a session [N-2]") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 2}});
  CHECK(change(phone, kCode, "a") == Admission::start);
  CHECK(phone.session() == OwnTrigger::none);
  CHECK(phone.informed() == Codes{"4 VALUE CHANGE"});
  CHECK(told(phone, kCode) == "a");
  CHECK(change(phone, kCode, "a") == Admission::quiet);  // no change
}

TEST_CASE("a rule for an object holds for what is below [P-60]") {
  SmallDevice phone;
  with_rules(phone, {{"Device.DeviceInfo.", 2}});
  CHECK(change(phone, kCode, "a") == Admission::start);
}

TEST_CASE("several changes before the session are one Inform with the value there is now [N-4, V-3]") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 2}});
  CHECK(change(phone, kCode, "a") == Admission::start);
  CHECK(phone.session(Cause::connect_refused, false) == OwnTrigger::none);
  CHECK(change(phone, kCode, "b") == Admission::merged_retry_wait);
  CHECK(wait_for_trigger(phone, 1h) == OwnTrigger::retry);
  CHECK(phone.session() == OwnTrigger::none);
  CHECK(phone.informed() == Codes{"4 VALUE CHANGE"});
  CHECK(told(phone, kCode) == "b");
}

TEST_CASE("a value that changed back is told all the same [I-9]") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 1}});
  static_cast<void>(change(phone, kCode, "a"));
  static_cast<void>(change(phone, kCode, ""));
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC", "4 VALUE CHANGE"});
  CHECK(told(phone, kCode).empty());
}

TEST_CASE("what an ACS changes is not told to it [N-3]") {
  SmallDevice phone;
  with_rules(phone, {{"Device.", 1}, {"Device.ProfileNumberOfEntries", 1}, {kUpTime, 0}});
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [](SessionView& view) {
    static_cast<void>(view.answer(cwmp::SetParameterValues{{{kCode, "acs", ""}}, "k"}));
    static_cast<void>(view.answer(cwmp::SetParameterValues{{{"Device.ManagementServer.Username", "me", ""}}, "k"}));
    CHECK(std::holds_alternative<cwmp::AddObjectResponse>(view.answer(cwmp::AddObject{"Device.Profile.", "k"})));
    CHECK(
        std::holds_alternative<cwmp::DeleteObjectResponse>(view.answer(cwmp::DeleteObject{"Device.Profile.1.", "k"})));
  };
  CHECK(phone.session() == OwnTrigger::none);
  phone.during = nullptr;
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC"});
}

TEST_CASE("a change while the Inform is under way is told by the next one [S-14]") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 2}});
  CHECK(change(phone, kCode, "a") == Admission::start);
  {
    SessionView view(phone.device, phone.context());
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    CHECK(change(phone, kCode, "b") == Admission::merged_in_session);
    view.inform_accepted();
    cwmp::SessionOutcome outcome;
    outcome.inform_accepted = true;
    CHECK(phone.device.session_ended(phone.context(), view, outcome) == OwnTrigger::follow_up);
  }
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"4 VALUE CHANGE"});
  CHECK(told(phone, kCode) == "b");
}

TEST_CASE("the same parameter stands once in an Inform, forced or not [I-7, N-7]") {
  SmallDevice phone;
  with_rules(phone, {{"Device.ManagementServer.ConnectionRequestURL", 1}});
  static_cast<void>(change(phone, "Device.ManagementServer.ConnectionRequestURL", "http://10.0.0.1:1/"));
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC", "4 VALUE CHANGE"});
  CHECK(std::count_if(phone.last.parameters.begin(), phone.last.parameters.end(),
                      [](const auto& p) { return p.name == "Device.ManagementServer.ConnectionRequestURL"; }) == 1);
}

TEST_CASE("4 VALUE CHANGE and what it told of are lost at a reboot, rules are not [V-5, N-9, B-1]") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 1}});
  static_cast<void>(change(phone, kCode, "a"));
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [](SessionView& view) { static_cast<void>(view.answer(cwmp::Reboot{"r"})); };
  static_cast<void>(
      phone.session(Cause::none, false));  // the Inform was not accepted, the reboot asked for all the same
  phone.during = nullptr;
  CHECK(wait_for_trigger(phone, 1min) == OwnTrigger::boot);
  static_cast<void>(phone.session());
  CHECK(told(phone, kCode) == "-");
  static_cast<void>(change(phone, kCode, "b"));
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(told(phone, kCode) == "b");
}

TEST_CASE("rules are gone after a factory reset [N-9, B-3]") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 2}, {kUpTime, 1}});
  static_cast<void>(phone.stimulate(Kind::periodic));
  phone.during = [](SessionView& view) { static_cast<void>(view.answer(cwmp::FactoryReset{})); };
  static_cast<void>(phone.session());
  phone.during = nullptr;
  CHECK(wait_for_trigger(phone, 1min) == OwnTrigger::boot);
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"0 BOOTSTRAP", "1 BOOT"});
  CHECK(told(phone, kUpTime) == "-");
  CHECK(change(phone, kCode, "c") == Admission::quiet);
}

TEST_CASE("what changes by itself is compared with what was told last [N-2, I-9]") {
  SmallDevice phone;
  with_rules(phone, {{kUpTime, 1}});
  phone.clock.advance(10s);
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC", "4 VALUE CHANGE"});
  CHECK(told(phone, kUpTime) == "10");
  static_cast<void>(phone.stimulate(Kind::periodic));
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"2 PERIODIC"});
}

TEST_CASE("a clock with active notification speaks once a minute, not each second [N-5]") {
  SmallDevice phone;
  with_rules(phone, {{kUpTime, 2}});
  CHECK(wait_for_trigger(phone, 59s) == OwnTrigger::none);
  CHECK(wait_for_trigger(phone, 2s) == OwnTrigger::value_change);
  CHECK(phone.session() == OwnTrigger::none);
  CHECK(phone.informed() == Codes{"4 VALUE CHANGE"});
  CHECK(wait_for_trigger(phone, 61s) == OwnTrigger::value_change);
}

TEST_CASE("a change that nobody could be told of comes out when the link is back") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 2}});
  static_cast<void>(phone.stimulate(Kind::offline));
  CHECK(change(phone, kCode, "a") == Admission::quiet);
  CHECK(phone.device.next_due() == kNever);
  static_cast<void>(phone.stimulate(Kind::online));
  CHECK(wait_for_trigger(phone, 1s) == OwnTrigger::follow_up);
}

TEST_CASE("a device that changes its own ACS URL bootstraps at the new ACS [V-7, S-13]") {
  SmallDevice phone;
  with_rules(phone, {});
  CHECK(change(phone, "Device.ManagementServer.URL", "http://127.0.0.2:7547/") == Admission::start);
  SessionView view(phone.device, phone.context());
  CHECK(view.acs_url() == "http://127.0.0.2:7547/");
  CHECK(view.inform(cwmp::Version::v1_0).events.front().code == "0 BOOTSTRAP");
}

TEST_CASE("0 BOOTSTRAP discards changes not yet told [V-6]") {
  SmallDevice phone;
  with_rules(phone, {{kCode, 1}});
  static_cast<void>(change(phone, kCode, "a"));
  CHECK(change(phone, "Device.ManagementServer.URL", "http://127.0.0.2:7547/") == Admission::start);
  static_cast<void>(phone.session());
  CHECK(phone.informed() == Codes{"0 BOOTSTRAP"});
}

TEST_CASE("a connection request starts a session whatever a retry waits for, and one after a running one [C-8, C-12]") {
  SmallDevice phone(true);
  CHECK(phone.stimulate(Kind::connection_request) == Admission::start);
  CHECK(phone.session(Cause::connect_refused, false) == OwnTrigger::none);
  CHECK(phone.informed() == Codes{"6 CONNECTION REQUEST"});
  CHECK(phone.device.waits_for_retry());
  CHECK(phone.stimulate(Kind::connection_request) == Admission::start);
  {
    SessionView view(phone.device, phone.context());
    CHECK(view.inform(cwmp::Version::v1_0).retry_count == 1);
    view.inform_accepted();
    for (int i = 0; i < 5; ++i) CHECK(phone.stimulate(Kind::connection_request) == Admission::merged_in_session);
    cwmp::SessionOutcome outcome;
    outcome.inform_accepted = true;
    CHECK(phone.device.session_ended(phone.context(), view, outcome) == OwnTrigger::follow_up);
  }
  CHECK(phone.session() == OwnTrigger::none);
  CHECK(phone.informed() == Codes{"6 CONNECTION REQUEST"});
}

TEST_CASE("a connection request that came during a session is not delayed by its failure [C-6, C-8, C-12]") {
  for (const bool accepted : {false, true}) {
    CAPTURE(accepted);
    SmallDevice phone(true);
    static_cast<void>(phone.stimulate(Kind::boot));
    {
      SessionView view(phone.device, phone.context());
      static_cast<void>(view.inform(cwmp::Version::v1_0));
      if (accepted) view.inform_accepted();
      CHECK(phone.stimulate(Kind::connection_request) == Admission::merged_in_session);
      cwmp::SessionOutcome outcome;
      outcome.cause = Cause::http_server_error;
      CHECK(phone.device.session_ended(phone.context(), view, outcome) == OwnTrigger::connection_request);
    }
    // Once: the session it asked for fails, and the next one is a retry.
    CHECK(phone.session(Cause::http_server_error, false) == OwnTrigger::none);
    CHECK(phone.last.retry_count == 1);
    CHECK(phone.device.waits_for_retry());
  }
}

TEST_CASE("a device that sets the ACS URL it has tells nobody [V-7]") {
  SmallDevice phone;
  static_cast<void>(phone.stimulate(Kind::boot));
  static_cast<void>(phone.session());
  CHECK(change(phone, "Device.ManagementServer.URL", "http://127.0.0.1:7547/acs") == Admission::quiet);
}

TEST_CASE("6 CONNECTION REQUEST is never retried [V-5]") {
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::connection_request));
  static_cast<void>(phone.session(Cause::connect_refused, false));
  CHECK(wait_for_trigger(phone, 1min) == OwnTrigger::retry);
  static_cast<void>(phone.session());
  CHECK(phone.informed().empty());
}

TEST_CASE("a device that is off hears no connection request") {
  SmallDevice factory;
  CHECK(factory.stimulate(Kind::connection_request) == Admission::skipped_offline);
  SmallDevice phone(true);
  static_cast<void>(phone.stimulate(Kind::offline));
  CHECK(phone.stimulate(Kind::connection_request) == Admission::skipped_offline);
}

TEST_SUITE_END();
