// SPDX-License-Identifier: Apache-2.0
#include "engine/pace.hpp"

#include <algorithm>

#include "base/log_normal.hpp"

namespace cpefleet::engine {

Duration draw_pause(const scenario::Pause& pause, std::uint64_t random) {
  return log_normal(pause.median, pause.p99, random);
}

Duration pause_before(const scenario::Pace& pace, std::string_view message, std::size_t bytes, std::uint64_t random) {
  auto pause = pace.rtt;
  constexpr std::string_view kResponse = "Response";
  const bool answers = message.ends_with(kResponse) || message == "Fault";
  if (answers) {
    const auto method = message.substr(0, message.size() - std::min(message.size(), kResponse.size()));
    const auto* think = &pace.think;
    for (const auto& [name, own] : pace.think_for) {
      if (name == method) think = &own;
    }
    pause += draw_pause(*think, random);
  }
  if (pace.bandwidth > 0)
    pause +=
        Duration{static_cast<Duration::rep>(static_cast<double>(bytes) * 1e9 / static_cast<double>(pace.bandwidth))};
  return pause;
}

}  // namespace cpefleet::engine
