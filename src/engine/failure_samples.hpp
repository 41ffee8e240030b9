// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "journal/cause.hpp"
#include "journal/journal.hpp"

namespace cpefleet::engine {

// A few failed sessions of each cause, so that a report can show what a number means. Bounded. Thread: one shard.
class FailureSamples final : public journal::Sink {
 public:
  struct Sample {
    journal::DeviceRef device;
    std::string detail;
    TimePoint at;
  };
  static constexpr std::size_t kPerCause = 3;

  void on_entry(const journal::Context& context, const journal::Entry& entry) override;
  [[nodiscard]] const std::map<Cause, std::vector<Sample>>& samples() const { return samples_; }

 private:
  std::map<Cause, std::vector<Sample>> samples_;
};

}  // namespace cpefleet::engine
