// SPDX-License-Identifier: Apache-2.0
#include "engine/pace.hpp"

#include <cmath>
#include <numbers>

#include "base/rng.hpp"

namespace cpefleet::engine {

Duration draw_pause(const scenario::Pause& pause, std::uint64_t random) {
  if (pause.p99 <= pause.median) return pause.median;
  const auto median = static_cast<double>(pause.median.count());
  constexpr double kZ99 = 2.3263478740408408;  // 99 % of a normal distribution lie below this many sigma
  const double sigma = std::log(static_cast<double>(pause.p99.count()) / std::max(median, 1.0)) / kZ99;
  // Box-Muller from two draws.
  const double u1 = std::max(unit(random), 0x1.0p-53);
  const double u2 = unit(mix64(random));
  const double z = std::sqrt(-2 * std::log(u1)) * std::cos(2 * std::numbers::pi * u2);
  return Duration{static_cast<Duration::rep>(std::max(median, 1.0) * std::exp(sigma * z))};
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
