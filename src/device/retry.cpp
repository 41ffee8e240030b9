// SPDX-License-Identifier: Apache-2.0
#include "device/retry.hpp"

#include <algorithm>

#include "base/rng.hpp"

namespace cpefleet::device {

Duration retry_wait(std::uint32_t n, std::uint64_t random) {
  const auto row = std::clamp<std::uint32_t>(n, 1, 10);
  const auto low = std::chrono::seconds{5LL << (row - 1)};
  const auto share = unit(random);
  return Duration{low} + Duration{static_cast<Duration::rep>(share * static_cast<double>(Duration{low}.count()))};
}

}  // namespace cpefleet::device
