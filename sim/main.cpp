// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <unistd.h>

#include "cli/commands.hpp"
#include "environment.hpp"
#include "report/exit_code.hpp"

int main(int argc, char** argv) {
  cpefleet::sim::Environment environment;
  environment.arguments.assign(argv + 1, argv + argc);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (const char* equals = std::strchr(*entry, '='))
      environment.variables[std::string(*entry, static_cast<std::size_t>(equals - *entry))] = equals + 1;
  }
  environment.err_is_terminal = isatty(STDERR_FILENO) == 1;
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of who writes it
  std::error_code error;
  environment.executable = std::filesystem::read_symlink("/proc/self/exe", error);
  try {
    return cpefleet::sim::run_cli(environment);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "cpefleet: internal error: %s\n", e.what());
    return static_cast<int>(cpefleet::report::ExitCode::internal_error);
  }
}
