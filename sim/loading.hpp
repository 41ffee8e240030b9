// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/client_certificates.hpp"
#include "environment.hpp"
#include "profile/profile.hpp"
#include "scenario/load.hpp"

namespace cpefleet::sim {

// What `run`, `plan` and `lint` share: where a plan comes from, and the flags that stand over it.
struct PlanSource {
  std::string file;  // FILE or builtin:NAME; "" for the flags form
  scenario::FlagsForm flags;
  scenario::Overrides overrides;
  std::vector<const CLI::Option*> without_file = {};  // the flags of the flags form
};
void add_plan_flags(CLI::App& command, PlanSource& source);
// Throws CLI::ValidationError, for a command's callback: a file or flags, not both and not neither.
void check_plan_flags(const PlanSource& source);

// Owns the profile loader that a plan's profiles come from; lives as long as the plan is being loaded.
class PlanLoader {
 public:
  explicit PlanLoader(const Environment& environment);
  // Null after the mistakes were added to `diagnostics`.
  [[nodiscard]] std::shared_ptr<const scenario::Plan> load(const PlanSource& source, Diagnostics& diagnostics);
  // Client certificates of a plan, checked by load(). Null when the devices have none.
  [[nodiscard]] Result<std::shared_ptr<const engine::CertificateSource>> certificates(
      const std::shared_ptr<const scenario::Plan>& plan) const;
  [[nodiscard]] const scenario::World& world() const { return world_; }
  [[nodiscard]] profile::Loader& profiles() { return profiles_; }

 private:
  void check_tls(const std::shared_ptr<const scenario::Plan>& plan, const scenario::Overrides& over,
                 Diagnostics& diagnostics) const;

  const Environment& environment_;
  profile::Loader profiles_;
  scenario::World world_;
};

// The names of the built-in scenarios, sorted.
[[nodiscard]] std::vector<std::string> builtin_scenarios(const Environment& environment);
// Adds what is wrong with a scenario's name; true when there is a file to read.
[[nodiscard]] bool check_scenario_name(const Environment& environment, const std::string& name,
                                       Diagnostics& diagnostics);
// `builtin:NAME` to the file it stands for; anything else unchanged.
[[nodiscard]] std::string scenario_path(const Environment& environment, const std::string& name);

}  // namespace cpefleet::sim
