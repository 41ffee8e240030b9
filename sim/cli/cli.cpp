// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <system_error>
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

// The first word that stands where a subcommand should and is none; "" when there is none such.
std::string unknown_command(const CLI::App& root, const Environment& environment, std::string& near) {
  const auto* app = &root;
  for (const auto& argument : environment.arguments) {
    const auto commands = app->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || argument.rfind('-', 0) == 0) return {};
    std::vector<std::string> names;
    const CLI::App* chosen = nullptr;
    for (const auto* command : commands) {
      names.push_back(command->get_name());
      if (command->get_name() == argument) chosen = command;
    }
    if (chosen == nullptr) {
      near = hint(argument, names);
      return (app == &root ? "" : app->get_name() + " ") + argument;
    }
    app = chosen;
  }
  return {};
}

int report_usage(const CLI::App& app, const CLI::ParseError& error, const Environment& environment,
                 const std::vector<std::string>& flags) {
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (extras || dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    std::string near;
    if (const auto word = unknown_command(app, environment, near); !word.empty()) {
      fmt::print(environment.err, "cpefleet: unknown command {}{}\nRun cpefleet --help for what there is.\n", word,
                 near);
      return kUsage;
    }
  }
  if (extras) {
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

std::string help_of(const CLI::App& command, const std::string& parents) {
  const auto below = command.get_subcommands();
  return below.empty() ? command.help(parents) : help_of(*below.front(), parents + " " + command.get_name());
}

int parse_and_run(Environment& environment) {
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
    fmt::print(environment.out, "{}", chosen.empty() ? app.help() : help_of(*chosen.front(), "cpefleet"));
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

// What was printed may not have arrived, and nobody would know: a full disk, a closed stream.
int output_lost(const Environment& environment, int code, int error) {
  std::fprintf(environment.err, "cpefleet: standard output could not be written: %s\n", std::strerror(error));
  const std::array codes{static_cast<report::ExitCode>(code), report::ExitCode::incomplete};
  return report::value(report::foremost(codes));
}

}  // namespace

int run_cli(Environment& environment) {
  int code = 0;
  try {
    code = parse_and_run(environment);
  } catch (const std::system_error& error) {  // fmt's, for a write that failed
    if (std::ferror(environment.out) != 0) return output_lost(environment, 0, error.code().value());
    if (std::ferror(environment.err) == 0) throw;
    return report::value(report::ExitCode::incomplete);  // and nowhere to say so
  }
  errno = 0;
  const bool flushed = std::fflush(environment.out) == 0;
  if (flushed && std::ferror(environment.out) == 0) return code;
  return output_lost(environment, code, errno != 0 ? errno : EIO);
}

}  // namespace cpefleet::sim
