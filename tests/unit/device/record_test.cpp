// SPDX-License-Identifier: Apache-2.0
#include "state/record.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "real_fleet.hpp"

// A device that is kept over runs: the program ends, or is killed, and another run goes on with what was written down.
using namespace cpefleet;
using namespace cpefleet::device;
using namespace std::chrono_literals;
using test::RealDevice;
using Events = std::vector<std::string>;
using Kind = Stimulus::Kind;

namespace {

const std::string kManagement = "Device.ManagementServer.";
const std::string kProfiles = "Device.Services.VoiceService.1.VoiceProfile.";
const std::string kLine = kProfiles + "1.Line.1.";

std::string written(RealDevice& phone, const state::DeviceRecord& record) {
  return encode(record, *phone.device.firmware(phone.context()).schema);
}

// Through the bytes of the file, into a device that was just made.
void go_on(RealDevice& phone, const std::string& bytes, Duration away = 0s) {
  auto read = state::decode(bytes, *phone.device.firmware(phone.context()).schema);
  REQUIRE(read.has_value());
  CHECK(read->dropped == 0);
  phone.clock.set(phone.clock.now() + away);
  phone.device = Device(phone.context(), phone.device.index());
  phone.device.restore(phone.context(), std::move(read->record));
  phone.events.clear();
}

void end_and_go_on(RealDevice& phone, Duration away = 0s) {
  go_on(phone, written(phone, phone.device.record(phone.context())), away);
}

// The ACS asks, the program is killed as soon as the answer is under way.
void ask_and_kill(RealDevice& phone, const cwmp::AcsRequest& request) {
  std::string bytes;
  {
    SessionView view(phone.device, phone.context());
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    view.inform_accepted();
    static_cast<void>(view.answer(request));
    bytes = written(phone, view.record());
  }
  go_on(phone, bytes);
}

void stimulate(RealDevice& phone, Kind kind, std::string event = {}) {
  Stimulus stimulus;
  stimulus.kind = kind;
  stimulus.event = std::move(event);
  static_cast<void>(phone.device.stimulate(phone.context(), stimulus));
}

}  // namespace

TEST_SUITE_BEGIN("device.record");

TEST_CASE("what was answered is there after a kill: values, rows, attributes, keys [B-1]") {
  RealDevice phone("gxp2170");
  phone.session();
  SUBCASE("SetParameterValues") {
    ask_and_kill(phone, cwmp::SetParameterValues{{{kManagement + "PeriodicInformInterval", "1234", ""}}, "key 1"});
    CHECK(phone.get(kManagement + "PeriodicInformInterval") == "1234");
    CHECK(phone.get(kManagement + "ParameterKey") == "key 1");
  }
  SUBCASE("SetParameterAttributes") {
    cwmp::SetParameterAttributes request;
    request.attributes.emplace_back();
    request.attributes.back().name = kManagement + "PeriodicInformInterval";
    request.attributes.back().notification_change = true;
    request.attributes.back().notification = 2;
    ask_and_kill(phone, request);
    SessionView view(phone.device, phone.context());
    const auto answer = view.answer(cwmp::GetParameterAttributes{{kManagement + "PeriodicInformInterval"}});
    CHECK(std::get<cwmp::GetParameterAttributesResponse>(answer).attributes.at(0).notification == 2);
  }
  SUBCASE("DeleteObject, AddObject: a number is never given twice") {
    const auto before = phone.names(kProfiles);
    ask_and_kill(phone, cwmp::DeleteObject{before.back(), "gone"});
    CHECK(phone.names(kProfiles).size() == before.size() - 1);
    CHECK(phone.get(kManagement + "ParameterKey") == "gone");
    ask_and_kill(phone, cwmp::AddObject{kProfiles, "new"});
    const auto after = phone.names(kProfiles);
    CHECK(after.size() == before.size());
    CHECK(after.back() != before.back());
  }
  CHECK(phone.events.empty());
}

TEST_CASE("a Reboot that was promised happens after a kill, with its key [B-1, P-110]") {
  RealDevice phone("gxp2170");
  phone.session();
  ask_and_kill(phone, cwmp::Reboot{"again"});
  CHECK(phone.device.offline());
  end_and_go_on(phone);  // killed once more while it is off
  CHECK(phone.device.offline());
  phone.pass(5min);
  CHECK(phone.events == Events{"1 BOOT", "M Reboot"});
  CHECK(phone.last.events.back().command_key == "again");
  end_and_go_on(phone);
  phone.pass(5s);
  CHECK(phone.events.empty());  // it was delivered
}

TEST_CASE("each Reboot that was answered is told with its key, also after a kill [V-3, P-110]") {
  RealDevice phone("gxp2170");
  phone.session();
  std::string bytes;
  SessionView view(phone.device, phone.context());
  static_cast<void>(view.inform(cwmp::Version::v1_0));
  view.inform_accepted();
  static_cast<void>(view.answer(cwmp::Reboot{"one"}));
  static_cast<void>(view.answer(cwmp::Reboot{"two"}));
  SUBCASE("killed") { go_on(phone, written(phone, view.record())); }
  SUBCASE("not killed") {
    cwmp::SessionOutcome outcome;
    outcome.inform_accepted = true;
    CHECK(phone.device.session_ended(phone.context(), view, outcome) == OwnTrigger::none);
  }
  phone.pass(5min);
  CHECK(phone.events == Events{"1 BOOT", "M Reboot", "M Reboot"});
  CHECK(phone.last.events[1].command_key == "one");
  CHECK(phone.last.events[2].command_key == "two");
}

TEST_CASE("a FactoryReset that was promised happens after a kill [B-1, V-7]") {
  RealDevice phone("gxp2170");
  phone.set({{kManagement + "PeriodicInformInterval", "1234"}});
  ask_and_kill(phone, cwmp::FactoryReset{});
  CHECK(phone.device.offline());
  phone.pass(5min);
  CHECK(phone.events == Events{"0 BOOTSTRAP", "1 BOOT"});
  CHECK(phone.get(kManagement + "PeriodicInformInterval") != "1234");
}

TEST_CASE("a restart that a call puts off does not wait for it after a kill") {
  RealDevice phone("gxp2170");
  phone.set({{kProfiles + "1.SIP.RegistrarServer", "sip.example.com"},
             {kProfiles + "1.Enable", "Enabled"},
             {kLine + "Enable", "Enabled"}});
  phone.pass(2s);
  stimulate(phone, Kind::call);
  phone.ask(cwmp::Reboot{"later"});
  CHECK_FALSE(phone.device.offline());
  end_and_go_on(phone);
  CHECK(phone.device.offline());
  phone.pass(5min);
  CHECK(phone.last.events.back().command_key == "later");
}

TEST_CASE("a call ends with the program, its line registers again and its statistics stay [B-2]") {
  RealDevice phone("gxp2170");
  phone.set({{kProfiles + "1.SIP.RegistrarServer", "sip.example.com"},
             {kProfiles + "1.Enable", "Enabled"},
             {kLine + "Enable", "Enabled"}});
  phone.pass(2s);
  stimulate(phone, Kind::call);
  phone.pass(10s);
  REQUIRE(phone.names(kLine + "Session.").size() == 1);
  const auto attempts = phone.get(kLine + "Stats.OutgoingCallsAttempted");
  REQUIRE(attempts != "0");
  end_and_go_on(phone);
  CHECK(phone.names(kLine + "Session.").empty());
  CHECK(phone.get(kLine + "Status") == "Registering");
  CHECK(phone.get(kLine + "Stats.OutgoingCallsAttempted") == attempts);
  phone.pass(2s);
  CHECK(phone.get(kLine + "Status") == "Up");
}

TEST_CASE("events are kept until an InformResponse, but for 6 CONNECTION REQUEST [B-1, V-10]") {
  RealDevice phone("gxp2170");
  phone.session();
  stimulate(phone, Kind::inform, "X 000B82 MemFull");
  stimulate(phone, Kind::connection_request);
  std::string before;
  std::string after;
  {
    SessionView view(phone.device, phone.context());
    CHECK(view.inform(cwmp::Version::v1_0).events.size() == 2);
    before = written(phone, view.record());
    view.inform_accepted();
    after = written(phone, view.record());
  }
  go_on(phone, before);
  CHECK(phone.device.has_backlog());
  phone.pass(1min);
  CHECK(phone.events == Events{"X 000B82 MemFull"});
  go_on(phone, after);
  CHECK_FALSE(phone.device.has_backlog());
  phone.pass(1min);
  CHECK(phone.events.empty());
}

TEST_CASE("pending ScheduleInforms come when they are due, at once when that has passed [B-1, P-112]") {
  RealDevice phone("gxp2170");
  phone.set({{kManagement + "PeriodicInformEnable", "0"}});
  phone.ask(cwmp::ScheduleInform{600, "late"});
  ask_and_kill(phone, cwmp::ScheduleInform{60, "soon"});
  end_and_go_on(phone, 5min);
  phone.pass(1s);
  CHECK(phone.events == Events{"3 SCHEDULED", "M ScheduleInform"});
  CHECK(phone.last.events.back().command_key == "soon");
  phone.pass(10min);
  CHECK(phone.last.events.back().command_key == "late");
}

TEST_CASE("the uptime goes on, and so does the time of the next periodic Inform") {
  RealDevice phone("gxp2170");
  phone.set({{kManagement + "PeriodicInformEnable", "1"}, {kManagement + "PeriodicInformInterval", "1000"}});
  phone.pass(100s);
  const auto due = phone.device.next_due();
  REQUIRE(due != kNever);
  const auto before = std::stoul(phone.get("Device.DeviceInfo.UpTime"));
  end_and_go_on(phone, 10s);
  CHECK(phone.device.next_due() == due);
  CHECK(std::stoul(phone.get("Device.DeviceInfo.UpTime")) == before + 10);
  // One that was missed comes within an interval, and not for all devices at the start.
  end_and_go_on(phone, 2000s);
  CHECK(phone.device.next_due() > phone.clock.now());
  CHECK(phone.device.next_due() <= phone.clock.now() + 1000s);
}

TEST_CASE("a device whose ACS is another one in the next run bootstraps there [V-7]") {
  RealDevice phone("gxp2170");
  phone.session();
  const auto bytes = written(phone, phone.device.record(phone.context()));
  go_on(phone, bytes);
  phone.session();
  CHECK(phone.events.empty());
  phone.group->acs_url = Template::compile("http://127.0.0.1:9/other").value();
  REQUIRE(phone.group->prepare());
  go_on(phone, bytes);
  phone.pass(1min);
  CHECK(phone.events == Events{"0 BOOTSTRAP"});
}

TEST_CASE("an ACS URL that was set in the session that a kill cut is taken up [P-27, V-7]") {
  RealDevice phone("gxp2170");
  phone.session();
  ask_and_kill(phone, cwmp::SetParameterValues{{{kManagement + "URL", "http://127.0.0.1:9/new", ""}}, ""});
  phone.pass(1min);
  CHECK(phone.events == Events{"0 BOOTSTRAP"});
  CHECK(SessionView(phone.device, phone.context()).acs_url() == "http://127.0.0.1:9/new");
}

TEST_CASE("what another run changed is told when it is to be notified actively [N-10]") {
  RealDevice phone("gxp2170");
  phone.set({{kManagement + "PeriodicInformEnable", "0"}});
  cwmp::SetParameterAttributes watch;
  watch.attributes.push_back({kManagement + "ConnectionRequestURL", true, 2, false, {}});
  phone.ask(watch);
  phone.session();
  end_and_go_on(phone);
  phone.pass(1min);
  CHECK(phone.events.empty());
  phone.group->reachable.how = fleet::Reachable::How::by_path;
  phone.group->reachable.host = "192.0.2.1";
  phone.group->reachable.port = 7999;
  end_and_go_on(phone);
  phone.pass(1min);
  CHECK(phone.events == Events{"4 VALUE CHANGE"});
  CHECK(phone.told(kManagement + "ConnectionRequestURL").starts_with("http://192.0.2.1:7999/"));
}

TEST_CASE("a change nobody was told of is told by the next run") {
  RealDevice phone("gxp2170");
  cwmp::SetParameterAttributes watch;
  watch.attributes.emplace_back();
  watch.attributes.back().name = kManagement + "PeriodicInformInterval";
  watch.attributes.back().notification_change = true;
  watch.attributes.back().notification = 1;
  phone.ask(watch);
  Stimulus change;
  change.kind = Kind::set;
  change.path = watch.attributes.back().name;
  change.value = "777";
  CHECK(phone.device.stimulate(phone.context(), change) == Admission::quiet);
  end_and_go_on(phone);
  phone.session();
  CHECK(phone.events == Events{"4 VALUE CHANGE"});
  CHECK(phone.told(change.path) == "777");
}
