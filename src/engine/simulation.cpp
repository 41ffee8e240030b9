// SPDX-License-Identifier: Apache-2.0
#include "engine/simulation.hpp"

#include <algorithm>
#include <list>
#include <utility>

namespace cpefleet::engine {
namespace {

constexpr Duration kTurn = std::chrono::milliseconds{20};

}  // namespace

// What the transport wants to happen later, on the shard's wheel.
class Simulation::Timers final : public transport::VirtualTimers {
 public:
  explicit Timers(Shard& shard) : shard_(shard) {}
  void call_at(TimePoint at, std::function<void()> call) override {
    calls_.emplace_front(shard_.wheel(), std::function<void()>{});
    const auto here = calls_.begin();
    here->run = [this, here, call = std::move(call)]() mutable {
      const auto what = std::move(call);
      calls_.erase(here);
      what();
    };
    shard_.schedule(*here, at);
  }

 private:
  Shard& shard_;
  std::list<Callback> calls_;
};

Simulation::Simulation(std::shared_ptr<const scenario::Plan> plan, ManualClock& clock,
                       transport::MemoryTransport::Handler handler, Options options,
                       transport::MemoryTransport::ConnectionClosed closed)
    : plan_(std::move(plan)), clock_(clock), options_(std::move(options)), director_(*plan_, clock.now()) {
  Shard::Options of;
  of.simulated = true;
  of.sinks = options_.sinks;
  if (options_.files) {
    of.files = [this](Shard& shard) {
      timers_ = std::make_unique<Timers>(shard);
      return std::make_unique<transport::MemoryFileMover>(shard.context().get_executor(), clock_, *timers_,
                                                          options_.files, options_.file_link);
    };
  }
  shard_ = std::make_unique<Shard>(plan_, clock_, std::move(of), [&](Shard& shard) {
    if (!timers_) timers_ = std::make_unique<Timers>(shard);
    transport::MemoryTransportOptions link;
    link.max_channels = options_.max_channels;
    link.one_way = options_.one_way;
    return std::make_unique<transport::MemoryTransport>(shard.context().get_executor(), clock_, *timers_,
                                                        std::move(handler), link, std::move(closed));
  });
}

Simulation::~Simulation() {
  shard_->abort_sessions();
  for (int i = 0; i < 100 && shard_->live().in_flight + shard_->live().files > 0; ++i) {
    clock_.advance(kTurn);
    static_cast<void>(shard_->step());
  }
  timers_.reset();
}

// One step of virtual time, to the next thing that happens but not beyond `limit`.
void Simulation::advance(TimePoint limit) {
  const auto next = shard_->step();
  clock_.set(std::clamp(next, clock_.now() + std::chrono::microseconds{1},
                        std::max(limit, clock_.now() + std::chrono::microseconds{1})));
}

void Simulation::run() {
  const auto end = director_.origin() + options_.at_most;
  const auto ask = [this](const scenario::Phase& phase) { return shard_->gauge(phase.until->metric, phase.groups); };
  while (!director_.finished() && clock_.now() < end) {
    for (const auto& command : director_.tick(clock_.now(), ask)) {
      if (command.begin)
        shard_->begin_phase(command.phase, command.at);
      else
        shard_->end_phase(command.phase, command.at);
    }
    const auto turn = clock_.now() + kTurn;
    while (clock_.now() < turn) advance(turn);
  }
  shard_->drain();
  const auto until = std::min(end, clock_.now() + options_.drain);
  while (clock_.now() < until && (shard_->live().in_flight > 0 || shard_->live().backlog > 0 ||
                                  shard_->live().files > 0 || shard_->live().flashing > 0))
    advance(until);
  static_cast<void>(shard_->step());
}

metrics::Snapshot Simulation::snapshot() const { return shard_->snapshot(); }

std::vector<Duration> Simulation::phase_lengths() const { return director_.lengths(clock_.now()); }

}  // namespace cpefleet::engine
