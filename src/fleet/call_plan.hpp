// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace cpefleet::fleet {

// A call as a scenario or a prompt asks for it.
struct CallPlan {
  bool incoming = false;
  std::uint32_t line = 0;                      // 1 = the first line that is up; 0 = any that is free
  Duration ringing = std::chrono::seconds{3};  // before it is answered
  Duration length = std::chrono::minutes{1};   // after that
  bool answered = true;                        // else it fails after ringing
};

}  // namespace cpefleet::fleet
