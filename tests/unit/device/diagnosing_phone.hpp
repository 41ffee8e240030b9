// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "device/diagnostic_tests.hpp"
#include "real_fleet.hpp"

namespace cpefleet::test {

using Events = std::vector<std::string>;
using Values = std::vector<std::pair<std::string, std::string>>;

inline const std::string kPing = "Device.LAN.IPPingDiagnostics.";
inline const std::string kTrace = "Device.LAN.TraceRouteDiagnostics.";
inline const std::string kDownload = "Device.DownloadDiagnostics.";
inline const std::string kUpload = "Device.UploadDiagnostics.";

// A phone whose way to every host is a simple one.
struct DiagnosingPhone : RealDevice {
  explicit DiagnosingPhone(const std::string& profile = "gxp2170") : RealDevice(profile) {
    behave([](auto& how) { how.path = {0, std::chrono::milliseconds{20}, std::chrono::milliseconds{20}, 3}; });
  }

  void behave(const std::function<void(profile::DiagnosticsBehaviour&)>& as) {
    auto changed = std::make_shared<profile::Profile>(*group->profile);
    as(changed->diagnostics);
    // The firmware of the group stays where it is.
    keep.push_back(group->profile);
    group->profile = std::move(changed);
  }
  void stimulate(device::Stimulus::Kind kind, std::string path = {}, std::string value = {}) {
    device::Stimulus stimulus;
    stimulus.kind = kind;
    stimulus.path = std::move(path);
    stimulus.value = std::move(value);
    static_cast<void>(device.stimulate(context(), stimulus));
  }
  // 0, or the fault of the first parameter.
  int fault_of(const Values& values) {
    cwmp::SetParameterValues request;
    for (const auto& [name, value] : values) request.values.push_back({name, value, ""});
    const auto response = ask(request);
    const auto* fault = std::get_if<cwmp::Fault>(&response);
    if (fault == nullptr) return 0;
    CHECK(fault->code == 9003);
    return fault->parameters.at(0).code;
  }
  // As the engine asks, behind what the timer did.
  std::optional<device::DiagnosticOrder> order() {
    CHECK_FALSE(device.take_diagnostic_order(context()).has_value());
    REQUIRE(device.next_due() <= clock.now());
    CHECK(device.on_timer(context()).trigger == device::OwnTrigger::none);
    return device.take_diagnostic_order(context());
  }
  // A session for it, too.
  device::OwnTrigger end(const device::DiagnosticResult& result) {
    const auto trigger = device.diagnostic_ended(context(), result);
    if (trigger != device::OwnTrigger::none) session();
    return trigger;
  }

  std::vector<std::shared_ptr<const profile::Profile>> keep;
};

inline Values request(const std::string& object, Values more = {}) {
  more.emplace_back(object + "DiagnosticsState", "Requested");
  return more;
}

}  // namespace cpefleet::test
