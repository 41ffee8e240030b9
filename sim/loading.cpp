// SPDX-License-Identifier: Apache-2.0
#include "loading.hpp"

#include <fmt/format.h>

namespace cpefleet::sim {
namespace {

std::vector<std::string> profile_directories(const Environment& environment) {
  return {(environment.data_directory() / "profiles").string()};
}

constexpr std::string_view kBuiltin = "builtin:";

}  // namespace

void add_plan_flags(CLI::App& command, PlanSource& source) {
  command.add_option("scenario", source.file, "a scenario file, or builtin:NAME (see cpefleet scenarios)");
  auto& flags = source.flags;
  command.add_option("--profile", flags.profile, "without a file: the model to play, e.g. gxp2170")
      ->group("Without a scenario file");
  command.add_option("--firmware", flags.firmware, "its firmware; default: the profile's")
      ->group("Without a scenario file");
  command.add_option("--count", flags.count, "how many devices, e.g. 1000 or 100k")
      ->group("Without a scenario file")
      ->capture_default_str();
  command.add_option("--rate", flags.rate, "session starts, e.g. 50/s; default 100/s until all had their turn")
      ->group("Without a scenario file");
  command.add_option("--duration", flags.duration, "how long to keep the rate up, e.g. 5m")
      ->group("Without a scenario file");
  command.add_flag("--known", flags.start_known, "the devices have met this ACS before: no 0 BOOTSTRAP")
      ->group("Without a scenario file");

  auto& over = source.overrides;
  command.add_option("--acs", over.acs_url, "the ACS to call; without it the built-in one")
      ->envname("CPEFLEET_ACS")
      ->group("Over the file");
  command.add_option("--acs-username", over.acs_username, "ManagementServer.Username, a template: {oui}-{serial}")
      ->envname("CPEFLEET_ACS_USERNAME")
      ->group("Over the file");
  command.add_option("--acs-password", over.acs_password, "ManagementServer.Password; better in the environment")
      ->envname("CPEFLEET_ACS_PASSWORD")
      ->group("Over the file");
  command.add_option("--ca", over.tls_ca, "CA file for https")->envname("CPEFLEET_CA")->group("Over the file");
  command.add_flag("--insecure", over.tls_insecure, "do not verify the ACS's certificate")->group("Over the file");
  command.add_option("--seed", over.seed, "seed of every random draw")
      ->envname("CPEFLEET_SEED")
      ->group("Over the file");
  command.add_option("--in-flight", over.in_flight, "most sessions at a time")
      ->envname("CPEFLEET_IN_FLIGHT")
      ->group("Over the file");
}

std::string scenario_path(const Environment& environment, const std::string& name) {
  if (name.rfind(kBuiltin, 0) != 0) return name;
  return (environment.data_directory() / "scenarios" / (name.substr(kBuiltin.size()) + ".yaml")).string();
}

PlanLoader::PlanLoader(const Environment& environment)
    : environment_(environment), profiles_(profile_directories(environment)) {
  world_.read_file = [this](const std::string& path) { return environment_.read_file(path); };
  world_.environment = [this](const std::string& name) { return environment_.variable(name); };
  scenario::bind_profiles(world_, profiles_);
}

std::shared_ptr<const scenario::Plan> PlanLoader::load(const PlanSource& source, Diagnostics& diagnostics) {
  if (source.file.empty()) return scenario::plan_from_flags(source.flags, world_, source.overrides, diagnostics);
  if (!source.flags.profile.empty())
    diagnostics.add({source.file, 0, 0}, "--profile and a scenario file exclude each other");
  return scenario::load_scenario(scenario_path(environment_, source.file), world_, source.overrides, diagnostics);
}

}  // namespace cpefleet::sim
