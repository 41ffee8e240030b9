// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace cpefleet::device {

// The wait before retry n (1, 2, ...) of a failed session, TR-069 3.2.1.1: uniform in [m·k^(n-1), m·k^n) seconds with
// m = 5, k = 2, the row fixed from the tenth on. `random`: 64 random bits.
[[nodiscard]] Duration retry_wait(std::uint32_t n, std::uint64_t random);

}  // namespace cpefleet::device
