// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace cpefleet::connreq {

// How many connection requests a device accepts (TR-069 3.2.2 allows a limit, C-7).
struct ThrottlePolicy {
  std::uint32_t limit = 0;  // in a window; 0: no limit
  Duration window{};
};

// What a device remembers of it. A window begins with the first request that is accepted outside of one.
class Throttle {
 public:
  // Counts an authenticated request. False: it is to be answered 503, and starts no session.
  [[nodiscard]] bool admit(const ThrottlePolicy& policy, TimePoint now) {
    if (policy.limit == 0) return true;
    if (accepted_ == 0 || now - begin_ >= policy.window) {
      begin_ = now;
      accepted_ = 0;
    }
    if (accepted_ >= policy.limit) return false;
    ++accepted_;
    return true;
  }

 private:
  TimePoint begin_{};
  std::uint32_t accepted_ = 0;
};
static_assert(sizeof(Throttle) <= 16);

}  // namespace cpefleet::connreq
