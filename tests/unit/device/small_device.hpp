// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/time.hpp"
#include "device/device.hpp"
#include "device/session_view.hpp"
#include "fleet/group.hpp"

// One device over a small data model, for tests: ManagementServer, DeviceInfo and a table of three levels.
namespace cpefleet::test {

[[nodiscard]] std::shared_ptr<const datamodel::Schema> small_schema();
[[nodiscard]] std::shared_ptr<fleet::Group> small_group();

struct SmallDevice {
  explicit SmallDevice(bool known = false);

  // A whole session that ends like this; true when a follow-up is wanted.
  device::OwnTrigger session(Cause cause = Cause::none, bool inform_accepted = true);
  [[nodiscard]] std::vector<std::string> informed() const { return events; }  // codes of the last Inform
  cwmp::CpeResponse ask(device::SessionView& view, const cwmp::AcsRequest& request) { return view.answer(request); }
  [[nodiscard]] device::Context context() const { return {*group, clock}; }
  device::Admission stimulate(device::Stimulus::Kind kind) { return device.stimulate(context(), {kind, {}}); }

  ManualClock clock;
  std::shared_ptr<fleet::Group> group;
  device::Device device;
  cwmp::Inform last;
  std::vector<std::string> events;
  std::function<void(device::SessionView&)> during;  // what the ACS does in the session
};

}  // namespace cpefleet::test
