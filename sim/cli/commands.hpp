// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

#include "environment.hpp"

// One function a subcommand: adds its flags to the parser and leaves in `action` what to do when it is chosen. The action
// returns the exit code.
namespace cpefleet::sim {

using Action = std::function<int()>;

void add_run(CLI::App& app, Environment& environment, Action& action);
void add_lint(CLI::App& app, Environment& environment, Action& action);
void add_plan(CLI::App& app, Environment& environment, Action& action);
void add_scenarios(CLI::App& app, Environment& environment, Action& action);
void add_profiles(CLI::App& app, Environment& environment, Action& action);
void add_acs(CLI::App& app, Environment& environment, Action& action);

// Parses the arguments, runs the command, returns the process's exit code.
int run_cli(Environment& environment);

}  // namespace cpefleet::sim
