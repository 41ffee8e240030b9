// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "environment.hpp"
#include "profile/profile.hpp"
#include "scenario/load.hpp"

namespace cpefleet::sim {

// What `run`, `plan` and `lint` share: where a plan comes from, and the flags that stand over it.
struct PlanSource {
  std::string file;  // FILE or builtin:NAME; "" for the flags form
  scenario::FlagsForm flags;
  scenario::Overrides overrides;
};
void add_plan_flags(CLI::App& command, PlanSource& source);

// Owns the profile loader that a plan's profiles come from; lives as long as the plan is being loaded.
class PlanLoader {
 public:
  explicit PlanLoader(const Environment& environment);
  // Null after the mistakes were added to `diagnostics`.
  [[nodiscard]] std::shared_ptr<const scenario::Plan> load(const PlanSource& source, Diagnostics& diagnostics);
  [[nodiscard]] const scenario::World& world() const { return world_; }
  [[nodiscard]] profile::Loader& profiles() { return profiles_; }

 private:
  const Environment& environment_;
  profile::Loader profiles_;
  scenario::World world_;
};

// `builtin:NAME` to the file it stands for; anything else unchanged.
[[nodiscard]] std::string scenario_path(const Environment& environment, const std::string& name);

}  // namespace cpefleet::sim
