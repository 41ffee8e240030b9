// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engine/shard.hpp"
#include "scenario/plan.hpp"
#include "state/store.hpp"

namespace cpefleet::engine {

// The state file of a run (`--state`): read into the shards before their threads start, written by them, closed after
// the last session. Made before the run and outlives it. Thread: the caller's; store() is safe from any.
class FleetState {
 public:
  // Refused: the file of another fleet, one in use, damaged or not writable. Every error says what could be done.
  // `secret`: unguessable; kept in a file that is made.
  [[nodiscard]] static Result<std::unique_ptr<FleetState>> open(const std::string& file, const scenario::Plan& plan,
                                                                const std::string& secret);
  // The one of the run that made the file: of paths that ACSs have been told.
  [[nodiscard]] const std::string& secret() const { return store_->secret(); }

  struct Restored {
    std::uint64_t devices = 0;
    std::uint64_t dropped = 0;  // values and rows that the profiles have no place for any more
  };
  // Every device of the file takes up what it was. `shards` by number.
  [[nodiscard]] Result<Restored> restore(const std::vector<Shard*>& shards);

  [[nodiscard]] state::Store& store() { return *store_; }
  // Everything is written, or the error says how much is not.
  [[nodiscard]] Result<void> close() { return store_->close(); }

 private:
  FleetState(std::string file, std::unique_ptr<state::Store> store)
      : file_(std::move(file)), store_(std::move(store)) {}
  std::string file_;
  std::unique_ptr<state::Store> store_;
};

// What makes a fleet the same one again.
[[nodiscard]] state::FleetMark fleet_mark(const scenario::Plan& plan);
// Whether this message of a CPE tells the ACS something that has to outlive a kill.
[[nodiscard]] bool is_promise(std::string_view message);

}  // namespace cpefleet::engine
