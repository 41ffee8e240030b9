// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "loading.hpp"
#include "report/exit_code.hpp"

namespace cpefleet::sim {
namespace {

// The first line of the comment at a scenario's top that says something.
std::string headline(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.rfind('#', 0) == 0;) {
    const auto words = trim(std::string_view(line).substr(1));
    if (!words.empty() && words.rfind("SPDX", 0) != 0) return std::string(words);
  }
  return {};
}

int list(const Environment& environment) {
  for (const auto& name : builtin_scenarios(environment)) {
    const auto text = environment.read_file(scenario_path(environment, "builtin:" + name));
    fmt::print(environment.out, "{:<22} {}\n", name, headline(text.value_or("")));
  }
  return 0;
}

int show(const Environment& environment, const std::string& name) {
  const auto all = builtin_scenarios(environment);
  if (const auto text = environment.read_file(scenario_path(environment, "builtin:" + name));
      text && std::find(all.begin(), all.end(), name) != all.end()) {
    fmt::print(environment.out, "{}", *text);
    return 0;
  }
  const std::vector<std::string_view> views(all.begin(), all.end());
  fmt::print(environment.err, "cpefleet: there is no built-in scenario {}{}\n", name, did_you_mean(name, views));
  return static_cast<int>(report::ExitCode::usage);
}

}  // namespace

void add_scenarios(CLI::App& app, Environment& environment, Action& action) {
  auto* command =
      app.add_subcommand("scenarios", "the built-in scenarios; `show NAME` prints one as a start for your own");
  command->callback([&environment, &action] {
    if (!action) action = [&environment] { return list(environment); };
  });
  auto* shown = command->add_subcommand("show", "prints a built-in scenario");
  auto name = std::make_shared<std::string>();
  shown->add_option("name", *name, "its name")->required()->type_name("NAME");
  shown->callback(
      [&environment, &action, name] { action = [&environment, name] { return show(environment, *name); }; });
}

}  // namespace cpefleet::sim
