// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "acs/core.hpp"
#include "base/time.hpp"
#include "engine/simulation.hpp"
#include "journal/journal.hpp"
#include "scenario/plan.hpp"

namespace cpefleet::test {

// A plan from the text of a scenario; its mistakes fail the test.
[[nodiscard]] std::shared_ptr<const scenario::Plan> plan_of(const std::string& yaml, const std::string& acs_url);
[[nodiscard]] std::shared_ptr<const scenario::Plan> plan_of_file(const std::string& file, const std::string& acs_url);

// Every session of a run in the order of their ends, kept for questions afterwards.
class SessionLog final : public journal::Sink {
 public:
  struct Session {
    journal::DeviceRef device;
    TimePoint planned;
    TimePoint at;
    std::string trigger;
    std::uint32_t retry_count = 0;
    Cause cause = Cause::none;
    bool ended = false;
    std::vector<std::string> events;
  };
  void on_entry(const journal::Context& context, const journal::Entry& entry) override;
  [[nodiscard]] const std::vector<Session>& sessions() const { return sessions_; }
  // Of each device, in time.
  [[nodiscard]] std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Session>> by_device() const;

 private:
  std::vector<Session> sessions_;
  std::map<std::uint64_t, std::size_t> running_;
};

// A fleet and the built-in ACS in virtual time. `trouble` may change what a request gets; the default leaves it alone.
struct SimulatedFleet {
  using Trouble = std::function<bool(TimePoint now, transport::MemoryReply& instead)>;
  SimulatedFleet(std::shared_ptr<const scenario::Plan> plan, acs::Options options, Trouble trouble = {},
                 engine::Simulation::Options simulation = {});
  void run() { simulation.run(); }
  [[nodiscard]] std::uint64_t count(metrics::Id id) const { return simulation.snapshot().count(id); }

  ManualClock clock;
  acs::Core core;
  SessionLog log;
  engine::Simulation simulation;
};

}  // namespace cpefleet::test
