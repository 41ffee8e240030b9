// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "loading.hpp"
#include "report/exit_code.hpp"
#include "yaml/node.hpp"

namespace cpefleet::sim {
namespace {

// A profile says `profile:` (or, for a family, `datamodel:`) at its top, a scenario does not.
bool is_profile(const std::string& text) {
  return text.find("\nprofile:") != std::string::npos || text.rfind("profile:", 0) == 0 ||
         text.find("\nfamily:") != std::string::npos || text.rfind("family:", 0) == 0;
}

std::string counted(std::uint64_t n, std::string_view what) {
  return fmt::format("{} {}{}", format_count(n), what, n == 1 ? "" : "s");
}

int lint(const Environment& environment, const std::vector<std::string>& files) {
  Diagnostics diagnostics;
  PlanLoader loader(environment);
  for (const auto& name : files) {
    if (!check_scenario_name(environment, name, diagnostics)) continue;
    const auto file = scenario_path(environment, name);
    const auto text = environment.read_file(file);
    if (!text) {
      diagnostics.add({file, 0, 0}, "cannot be read");
      continue;
    }
    const auto before = diagnostics.size();
    if (is_profile(*text)) {
      if (const auto profile = loader.profiles().load(file, diagnostics))
        fmt::print(environment.out, "{}: profile {}, {} firmware, no mistakes\n", file, profile->name,
                   profile->firmware.size());
    } else if (const auto plan = loader.load({file, {}, {}}, diagnostics)) {
      fmt::print(environment.out, "{}: {} in {}, {}, no mistakes\n", file, counted(plan->devices(), "device"),
                 counted(plan->fleet.size(), "group"), counted(plan->phases.size(), "phase"));
      for (const auto& warning : plan->warnings) fmt::print(environment.err, "{}: note: {}\n", file, warning);
    }
    if (diagnostics.size() == before) continue;
    fmt::print(environment.err, "{}: {}\n", file, counted(diagnostics.size() - before, "mistake"));
  }
  fmt::print(environment.err, "{}", diagnostics.text());
  return diagnostics.empty() ? 0 : static_cast<int>(report::ExitCode::bad_configuration);
}

}  // namespace

void add_lint(CLI::App& app, Environment& environment, Action& action) {
  auto* command = app.add_subcommand("lint", "every mistake in scenarios and profiles at once, as file:line:col");
  auto files = std::make_shared<std::vector<std::string>>();
  command->add_option("files", *files, "scenario or profile files, or builtin:NAME")->required()->type_name("FILE");
  command->callback(
      [&environment, &action, files] { action = [&environment, files] { return lint(environment, *files); }; });
}

}  // namespace cpefleet::sim
