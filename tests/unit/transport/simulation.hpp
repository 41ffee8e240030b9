// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>

#include "base/time.hpp"
#include "transport/memory_transport.hpp"

namespace cpefleet::transport {

// Runs what is due, one after the other, moving the clock there.
class Simulation final : public VirtualTimers {
 public:
  void call_at(TimePoint at, std::function<void()> call) override { calls_.emplace(at, std::move(call)); }
  bool step() {
    io.restart();
    if (io.poll() > 0) return true;
    if (calls_.empty()) return false;
    auto next = calls_.extract(calls_.begin());
    clock.set(std::max(next.key(), clock.now()));
    next.mapped()();
    return true;
  }

  ManualClock clock;
  boost::asio::io_context io;

 private:
  std::multimap<TimePoint, std::function<void()>> calls_;
};

}  // namespace cpefleet::transport
