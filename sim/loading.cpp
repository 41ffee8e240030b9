// SPDX-License-Identifier: Apache-2.0
#include "loading.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include "base/text.hpp"

namespace cpefleet::sim {
namespace {

std::vector<std::string> profile_directories(const Environment& environment) {
  return {(environment.data_directory() / "profiles").string()};
}

constexpr std::string_view kBuiltin = "builtin:";

}  // namespace

void add_plan_flags(CLI::App& command, PlanSource& source) {
  command.add_option("scenario", source.file, "a scenario file, or builtin:NAME (see cpefleet scenarios)")
      ->type_name("FILE");
  auto& flags = source.flags;
  auto& only = source.without_file;
  const auto alone = [&](CLI::Option* option) {
    only.push_back(option->group("Without a scenario file"));
    return option;
  };
  alone(command.add_option("--profile", flags.profile, "without a file: the model to play, e.g. gxp2170"))
      ->type_name("MODEL");
  alone(command.add_option("--firmware", flags.firmware, "its firmware; default: the profile's"))->type_name("VERSION");
  alone(command.add_option("--count", flags.count, "how many devices, e.g. 1000 or 100k"))
      ->type_name("COUNT")
      ->capture_default_str();
  alone(command.add_option("--rate", flags.rate, "session starts, e.g. 50/s; default 100/s until all had their turn"))
      ->type_name("RATE");
  alone(command.add_option("--duration", flags.duration, "how long to keep the rate up, e.g. 5m"))
      ->type_name("DURATION");
  alone(command.add_flag("--known", flags.start_known, "the devices have met this ACS before: no 0 BOOTSTRAP"));

  auto& over = source.overrides;
  const auto above = [](CLI::Option* option, const char* type, const char* variable) {
    option->envname(variable)->group("Over the file")->type_name(type);
  };
  above(command.add_option("--acs", over.acs_url, "the ACS to call; without it the built-in one"), "URL",
        "CPEFLEET_ACS");
  above(
      command.add_option("--acs-username", over.acs_username, "ManagementServer.Username, a template: {oui}-{serial}"),
      "TEXT", "CPEFLEET_ACS_USERNAME");
  above(command.add_option("--acs-password", over.acs_password, "ManagementServer.Password; better in the environment"),
        "TEXT", "CPEFLEET_ACS_PASSWORD");
  above(command.add_option("--ca", over.tls_ca, "CA file for https"), "FILE", "CPEFLEET_CA");
  command.add_flag("--insecure", over.tls_insecure, "do not verify the ACS's certificate")->group("Over the file");
  above(command.add_option("--seed", over.seed, "seed of every random draw"), "NUMBER", "CPEFLEET_SEED");
  above(command.add_option("--connection-requests", over.listen,
                           "where to receive them: auto, off, ADDRESS:PORT, or ADDRESS:PORT+ for a port each"),
        "WHERE", "CPEFLEET_CONNECTION_REQUESTS");
  above(command.add_option("--advertise", over.advertise,
                           "HOST:PORT under which others reach that place, behind NAT or in a container"),
        "HOST:PORT", "CPEFLEET_ADVERTISE");
  above(command.add_option("--in-flight", over.in_flight, "most sessions at a time"), "NUMBER", "CPEFLEET_IN_FLIGHT");
}

void check_plan_flags(const PlanSource& source) {
  if (source.file.empty() && source.flags.profile.empty())
    throw CLI::ValidationError("give a scenario FILE, builtin:NAME, or --profile MODEL");
  if (source.file.empty()) return;
  for (const auto* option : source.without_file) {
    if (option->count() == 0) continue;
    throw CLI::ValidationError(
        fmt::format("{} is for runs without a scenario file, and {} is given", option->get_name(), source.file));
  }
}

std::vector<std::string> builtin_scenarios(const Environment& environment) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(environment.data_directory() / "scenarios", error)) {
    if (entry.path().extension() == ".yaml") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool check_scenario_name(const Environment& environment, const std::string& name, Diagnostics& diagnostics) {
  if (name.rfind(kBuiltin, 0) == 0) {
    const auto known = builtin_scenarios(environment);
    const auto word = name.substr(kBuiltin.size());
    if (std::find(known.begin(), known.end(), word) != known.end()) return true;
    const std::vector<std::string_view> views(known.begin(), known.end());
    const auto near = nearest_word(word, views);
    diagnostics.add({name, 0, 0},
                    fmt::format("there is no such built-in scenario{}; `cpefleet scenarios` lists them",
                                near.empty() ? "" : fmt::format(" (did you mean {}{}?)", kBuiltin, near)));
    return false;
  }
  const auto why = environment.why_unreadable(name);
  if (!why.empty()) diagnostics.add({name, 0, 0}, why);
  return why.empty();
}

std::string scenario_path(const Environment& environment, const std::string& name) {
  if (name.rfind(kBuiltin, 0) != 0) return name;
  return (environment.data_directory() / "scenarios" / (name.substr(kBuiltin.size()) + ".yaml")).string();
}

PlanLoader::PlanLoader(const Environment& environment)
    : environment_(environment), profiles_(profile_directories(environment)), world_(scenario::file_world(profiles_)) {
  world_.read_file = [this](const std::string& path) { return environment_.read_file(path); };
  world_.environment = [this](const std::string& name) { return environment_.variable(name); };
}

std::shared_ptr<const scenario::Plan> PlanLoader::load(const PlanSource& source, Diagnostics& diagnostics) {
  const auto before = diagnostics.size();
  const auto& over = source.overrides;
  if (const auto why = over.tls_ca ? environment_.why_unreadable(*over.tls_ca) : ""; !why.empty())
    diagnostics.add({"--ca", 0, 0}, *over.tls_ca + " " + why);
  if (over.in_flight == std::uint64_t{0}) diagnostics.add({"--in-flight", 0, 0}, "must be at least 1");
  std::shared_ptr<const scenario::Plan> plan;
  if (source.file.empty())
    plan = scenario::plan_from_flags(source.flags, world_, over, diagnostics);
  else if (check_scenario_name(environment_, source.file, diagnostics))
    plan = scenario::load_scenario(scenario_path(environment_, source.file), world_, over, diagnostics);
  if (plan) check_tls(plan, over, diagnostics);
  return diagnostics.size() == before ? plan : nullptr;
}

// What only OpenSSL can tell of the files.
void PlanLoader::check_tls(const std::shared_ptr<const scenario::Plan>& plan, const scenario::Overrides& over,
                           Diagnostics& diagnostics) const {
  const scenario::Tls& tls = plan->acs.tls;
  if (const auto text = tls.ca_file.empty() ? std::nullopt : environment_.read_file(tls.ca_file)) {
    const auto trusted = transport::check_trusted({*text, tls.ca_file});
    if (!trusted) diagnostics.add({over.tls_ca ? "--ca" : plan->file, 0, 0}, trusted.error().message());
  }
  if (const auto opened = certificates(plan); !opened) diagnostics.add(tls.client_where, opened.error().message());
}

Result<std::shared_ptr<const engine::CertificateSource>> PlanLoader::certificates(
    const std::shared_ptr<const scenario::Plan>& plan) const {
  return engine::CertificateSource::open(
      plan, [&environment = environment_](const std::string& path) { return environment.read_file(path); });
}

}  // namespace cpefleet::sim
