// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "device/device.hpp"
#include "device/session_view.hpp"
#include "fleet/group.hpp"

namespace cpefleet::test {

// One device of a shipped profile that has met its ACS, for tests of its life: whatever it asks a session for, gets one.
struct RealDevice {
  explicit RealDevice(const std::string& profile);

  [[nodiscard]] device::Context context() const { return {*group, clock, udp}; }
  // A session; everything the device queues meanwhile gets its own behind it.
  void session();
  // Time passes, with what the device's timers ask for.
  void pass(Duration time);
  // A session in which the ACS asks this.
  cwmp::CpeResponse ask(const cwmp::AcsRequest& request);
  void set(const std::vector<std::pair<std::string, std::string>>& values);
  // Read as an ACS reads it, but without a session: nothing is told by it.
  [[nodiscard]] std::string get(const std::string& path);
  [[nodiscard]] std::vector<std::string> names(const std::string& path);  // one level below
  // In the last Inform that had events; "-" when it is not there.
  [[nodiscard]] std::string told(const std::string& path) const;

  device::UdpPorts* udp = nullptr;
  ManualClock clock;
  std::shared_ptr<fleet::Group> group;
  device::Device device;
  std::vector<std::string> events;  // of the last Inform that had some, since the last ask() began
  cwmp::Inform last;
  std::function<void(device::SessionView&)> during;
};

}  // namespace cpefleet::test
