// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "report/exit_code.hpp"

namespace cpefleet::sim {
namespace {

constexpr int kUsage = static_cast<int>(report::ExitCode::usage);

// Names of the flags and environment variables of a command and its parents.
void collect(const CLI::App& app, std::vector<std::string>& flags, std::vector<std::string>& variables) {
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
    if (!option->get_envname().empty()) variables.push_back(option->get_envname());
  }
  for (const auto* sub : app.get_subcommands({})) collect(*sub, flags, variables);
}

std::string hint(std::string_view word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto near = nearest_word(word, views);
  return near.empty() ? std::string() : fmt::format(" (did you mean {}?)", near);
}

// A variable that begins with CPEFLEET_ and that nothing reads is a mistake, as an unknown flag is.
int check_variables(const Environment& environment, std::vector<std::string> known) {
  known.emplace_back("CPEFLEET_DATA");
  int bad = 0;
  for (const auto& [name, value] : environment.variables) {
    if (name.rfind("CPEFLEET_", 0) != 0 || std::find(known.begin(), known.end(), name) != known.end()) continue;
    fmt::print(environment.err, "cpefleet: environment variable {} is unknown{}\n", name, hint(name, known));
    bad = kUsage;
  }
  return bad;
}

int report_usage(const CLI::App& app, const CLI::ParseError& error, const Environment& environment,
                 const std::vector<std::string>& flags) {
  std::string near;
  if (const auto* extras = dynamic_cast<const CLI::ExtrasError*>(&error)) {
    static_cast<void>(extras);
    for (const auto& argument : environment.arguments) {
      const auto flag = argument.substr(0, argument.find('='));
      if (flag.rfind("--", 0) == 0 && std::find(flags.begin(), flags.end(), flag) == flags.end()) {
        fmt::print(environment.err, "cpefleet: unknown flag {}{}\n", flag, hint(flag, flags));
        return kUsage;
      }
    }
  }
  fmt::print(environment.err, "cpefleet: {}\nRun cpefleet {}--help for what there is.\n", error.what(),
             app.get_subcommands().empty() ? "" : app.get_subcommands().front()->get_name() + " ");
  return kUsage;
}

}  // namespace

int run_cli(Environment& environment) {
  CLI::App app("cpefleet: a fleet of virtual TR-069 CPEs against a real ACS", "cpefleet");
  app.set_version_flag("--version", "cpefleet " CPEFLEET_VERSION);
  app.require_subcommand(1);
  Action action;
  add_run(app, environment, action);
  add_lint(app, environment, action);
  add_plan(app, environment, action);
  add_scenarios(app, environment, action);
  add_profiles(app, environment, action);
  add_acs(app, environment, action);

  std::vector<std::string> flags;
  std::vector<std::string> variables;
  collect(app, flags, variables);
  auto arguments = environment.arguments;
  std::reverse(arguments.begin(), arguments.end());  // what CLI11 takes
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    fmt::print(environment.out, "{}", chosen.empty() ? app.help() : chosen.front()->help());
    return 0;
  } catch (const CLI::CallForVersion& version) {
    fmt::print(environment.out, "{}\n", version.what());
    return 0;
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error, environment, flags);
  }
  if (const int bad = check_variables(environment, variables); bad != 0) return bad;
  return action ? action() : kUsage;
}

}  // namespace cpefleet::sim
