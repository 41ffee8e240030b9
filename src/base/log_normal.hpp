// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "base/rng.hpp"
#include "base/time.hpp"

namespace cpefleet {

// A duration of a log-normal distribution through its median and its 99th percentile: the median itself where that is not
// longer. Never over ten years. Pure: the same bits give the same duration.
[[nodiscard]] inline Duration log_normal(Duration median, Duration p99, std::uint64_t random) {
  if (p99 <= median) return median;
  constexpr double kZ99 = 2.3263478740408408;  // 99 % of a normal distribution lie below this many sigma
  constexpr double kMost = 3.2e17;
  const auto middle = std::max(static_cast<double>(median.count()), 1.0);
  const double sigma = std::log(static_cast<double>(p99.count()) / middle) / kZ99;
  // Box-Muller from two draws.
  const double u1 = std::max(unit(random), 0x1.0p-53);
  const double u2 = unit(mix64(random));
  const double z = std::sqrt(-2 * std::log(u1)) * std::cos(2 * std::numbers::pi * u2);
  return Duration{static_cast<Duration::rep>(std::min(middle * std::exp(sigma * z), kMost))};
}

}  // namespace cpefleet
