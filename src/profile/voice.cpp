// SPDX-License-Identifier: Apache-2.0
#include "profile/voice.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace cpefleet::profile {
namespace {

bool can_be_enabled(const datamodel::Schema& schema, datamodel::NodeId id) {
  if (id == datamodel::kNoNode) return true;
  const auto& node = schema.node(id);
  return node.default_value == "Enabled" ||
         std::any_of(node.overrides.begin(), node.overrides.end(), [](const auto& o) { return o.value == "Enabled"; });
}

}  // namespace

VoiceNodes::VoiceNodes(const datamodel::Schema& schema) {
  const auto of = [&](std::string_view above, std::string_view name) {
    return schema.find(std::string(above) + std::string(name));
  };
  constexpr std::string_view kProfile = "Device.Services.VoiceService.{i}.VoiceProfile.{i}.";
  constexpr std::string_view kLine = "Device.Services.VoiceService.{i}.VoiceProfile.{i}.Line.{i}.";
  profile_enable = of(kProfile, "Enable");
  reset = of(kProfile, "Reset");
  registrar = of(kProfile, "SIP.RegistrarServer");
  proxy = of(kProfile, "SIP.ProxyServer");
  enable = of(kLine, "Enable");
  status = of(kLine, "Status");
  call_state = of(kLine, "CallState");
  session = of(kLine, "Session.{i}.");
  session_start = of(kLine, "Session.{i}.SessionStartTime");
  session_duration = of(kLine, "Session.{i}.SessionDuration");
  stats = of(kLine, "Stats.");
  reset_statistics = of(kLine, "Stats.ResetStatistics");
  on_by_default = any() && can_be_enabled(schema, enable) && can_be_enabled(schema, profile_enable);
}

}  // namespace cpefleet::profile
