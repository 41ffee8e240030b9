// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "base/time.hpp"
#include "engine/director.hpp"
#include "engine/shard.hpp"
#include "transport/memory_file_mover.hpp"
#include "transport/memory_transport.hpp"

namespace cpefleet::engine {

// A whole run in virtual time: one shard, no sockets, no threads, no waiting. The devices talk to `handler` through
// memory. The same plan and handler give the same run to the last microsecond. For tests, and for trying a scenario.
class Simulation {
 public:
  struct Options {
    Duration drain = std::chrono::minutes{10};
    Duration one_way{};  // network delay, each direction
    std::size_t max_channels = SIZE_MAX;
    transport::MemoryFileMover::Handler files = {};  // the file servers; empty: no file can be reached
    transport::MemoryFileMoverOptions file_link = {};
    std::vector<journal::Sink*> sinks;          // beside the collector
    Duration at_most = std::chrono::hours{48};  // of virtual time; a run that is longer is cut
  };

  Simulation(std::shared_ptr<const scenario::Plan> plan, ManualClock& clock,
             transport::MemoryTransport::Handler handler, Options options,
             transport::MemoryTransport::ConnectionClosed closed = {});
  ~Simulation();

  // Plays everything: phases, drain, end.
  void run();
  [[nodiscard]] metrics::Snapshot snapshot() const;
  [[nodiscard]] Shard& shard() { return *shard_; }
  [[nodiscard]] const Director& director() const { return director_; }
  [[nodiscard]] std::vector<Duration> phase_lengths() const;
  [[nodiscard]] Duration length() const { return clock_.now() - director_.origin(); }

 private:
  class Timers;
  void advance(TimePoint limit);

  std::shared_ptr<const scenario::Plan> plan_;
  ManualClock& clock_;
  Options options_;
  Director director_;
  std::unique_ptr<Timers> timers_;
  std::unique_ptr<Shard> shard_;
};

}  // namespace cpefleet::engine
