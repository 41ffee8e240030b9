// SPDX-License-Identifier: Apache-2.0
#include "real_fleet.hpp"

#include <algorithm>
#include <doctest/doctest.h>

#include "device/rpc.hpp"
#include "profile/profile.hpp"

namespace cpefleet::test {

namespace {

std::shared_ptr<fleet::Group> group_of(const std::string& name) {
  Diagnostics diagnostics;
  profile::Loader loader({CPEFLEET_SOURCE_DIR "/profiles"});
  auto profile = loader.load(name, diagnostics);
  REQUIRE_MESSAGE(profile, diagnostics.text());
  auto group = std::make_shared<fleet::Group>();
  group->name = "desks";
  group->count = 10;
  group->seed = 42;
  group->firmware.push_back({&profile->firmware[profile->default_firmware], 1.0});
  group->profile = std::move(profile);
  group->acs_url = Template::compile("http://127.0.0.1:7547/").value();
  group->start_known = true;
  REQUIRE(group->prepare());
  return group;
}

}  // namespace

RealDevice::RealDevice(const std::string& profile) : group(group_of(profile)), device(context(), 3) {}

void RealDevice::session() {
  for (auto trigger = device::OwnTrigger::follow_up; trigger != device::OwnTrigger::none;) {
    device::SessionView view(device, context());
    last = view.inform(cwmp::Version::v1_0);
    for (const auto& event : last.events) {
      if (&event == &last.events.front()) events.clear();
      events.push_back(event.code);
    }
    view.inform_accepted();
    if (during) during(view);
    cwmp::SessionOutcome outcome;
    outcome.inform_accepted = true;
    trigger = device.session_ended(context(), view, outcome);
  }
}

void RealDevice::pass(Duration time) {
  const auto until = clock.now() + time;
  while (device.next_due() <= until) {
    clock.set(std::max(clock.now(), device.next_due()));
    if (device.on_timer(context()).trigger != device::OwnTrigger::none) session();
  }
  clock.set(until);
}

cwmp::CpeResponse RealDevice::ask(const cwmp::AcsRequest& request) {
  events.clear();
  device::SessionView view(device, context());
  static_cast<void>(view.inform(cwmp::Version::v1_0));
  view.inform_accepted();
  auto response = view.answer(request);
  cwmp::SessionOutcome outcome;
  outcome.inform_accepted = true;
  if (device.session_ended(context(), view, outcome) != device::OwnTrigger::none) session();
  return response;
}

void RealDevice::set(const std::vector<std::pair<std::string, std::string>>& values) {
  cwmp::SetParameterValues request;
  for (const auto& [name, value] : values) request.values.push_back({name, value, ""});
  const auto response = ask(request);
  CHECK(std::holds_alternative<cwmp::SetParameterValuesResponse>(response));
}

std::string RealDevice::get(const std::string& path) {
  device::SessionView view(device, context());
  const auto response = view.answer(cwmp::GetParameterValues{{path}});
  static_cast<void>(device.session_ended(context(), view, {}));
  const auto* values = std::get_if<cwmp::GetParameterValuesResponse>(&response);
  REQUIRE_MESSAGE(values, path);
  return values->values.at(0).value;
}

std::vector<std::string> RealDevice::names(const std::string& path) {
  device::SessionView view(device, context());
  const auto response = view.answer(cwmp::GetParameterNames{path, true});
  static_cast<void>(device.session_ended(context(), view, {}));
  std::vector<std::string> out;
  const auto* names = std::get_if<cwmp::GetParameterNamesResponse>(&response);
  REQUIRE_MESSAGE(names, path);
  for (const auto& info : names->names) out.push_back(info.name);
  return out;
}

std::string RealDevice::told(const std::string& path) const {
  const auto found =
      std::find_if(last.parameters.begin(), last.parameters.end(), [&](const auto& p) { return p.name == path; });
  return found == last.parameters.end() ? "-" : found->value;
}

}  // namespace cpefleet::test
