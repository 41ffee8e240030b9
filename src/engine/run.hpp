// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "engine/connection_requests.hpp"
#include "engine/director.hpp"
#include "engine/fleet_state.hpp"
#include "engine/shard.hpp"
#include "engine/udp_requests.hpp"
#include "report/progress.hpp"
#include "report/results.hpp"
#include "report/verdict.hpp"
#include "scenario/plan.hpp"

namespace cpefleet::engine {

struct RunOptions {
  std::uint32_t threads = 1;
  Duration drain = std::chrono::seconds{30};  // how long to wait for what is under way after the last phase
  bool in_flight_is_users = false;            // the scenario's own limit: reaching it is no fault of the generator
  std::string acs_shown;                      // for the report; free of secrets
  std::string version;
  std::uint64_t descriptor_limit = 0;
  ConnectionRequests* connection_requests = nullptr;  // listening already; served from the first phase to the end
  UdpRequests* udp = nullptr;                         // as connection_requests
  std::string secret;                                 // unguessable, of this run
  FleetState* state = nullptr;                        // open; closed at the end of execute()
  Shard::FileMoverFactory files;                      // empty: no file can be reached
  // Called about once a second on the run's thread; may be empty.
  std::function<void(const report::Progress&)> progress;
  // Called once when draining begins after the first interrupt; may be empty.
  std::function<void()> on_interrupt;
  // Sinks beside the collector, made per shard (transcripts, ...); may be empty.
  std::function<std::vector<journal::Sink*>(std::uint32_t shard)> sinks;
};

// A whole run on real time: shards on threads of their own, the director on the caller's. One object, one run.
class Run {
 public:
  Run(std::shared_ptr<const scenario::Plan> plan, const Clock& clock, RunOptions options,
      const Shard::TransportFactory& transport);
  ~Run();

  // With a state file, before execute(): devices take up what they were.
  [[nodiscard]] Result<FleetState::Restored> restore();
  // Blocks until everything is over. Never throws for what an ACS did.
  [[nodiscard]] report::RunResults execute();

  // First call: no more phases, drain, report. Second: end at once. Safe from any thread and from a signal handler.
  void interrupt() { interrupts_.fetch_add(1); }

 private:
  struct Thread;
  enum class Stop { none, interrupted, aborted };
  Stop follow_phases();
  void drain();
  void end_sessions();
  void stop_posting();
  // False when not everything is in the state file.
  [[nodiscard]] bool save_state();
  [[nodiscard]] std::uint64_t live(std::atomic<std::uint64_t> LiveTotals::*counter) const;
  [[nodiscard]] std::uint64_t gauge(const scenario::Phase& phase);
  [[nodiscard]] metrics::Snapshot snapshot();
  void show_progress(TimePoint now);
  // Whether a threshold with `abort` has failed.
  [[nodiscard]] bool threshold_aborts(TimePoint now);
  [[nodiscard]] report::RunResults collect(const report::Incidents& incidents, TimePoint ended);
  // Runs `what` on each shard's thread and waits for all.
  void on_each_shard(const std::function<void(Shard&)>& what);

  std::shared_ptr<const scenario::Plan> plan_;
  const Clock& clock_;
  RunOptions options_;
  Director director_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::atomic<int> interrupts_{0};
  std::uint64_t files_left_ = 0;  // when the drain was over
  std::uint64_t images_left_ = 0;
  std::string not_saved_;  // why the state file is not complete
  TimePoint last_progress_{};
  TimePoint last_judged_{};
  std::uint64_t last_ended_ = 0;
  std::uint64_t most_in_flight_ = 0;
};

}  // namespace cpefleet::engine
