// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace cpefleet::sim {

// Everything outside the process that a command may touch: the only place where argv, the environment, standard streams,
// signals, files and clocks come in.
struct Environment {
  std::vector<std::string> arguments;  // without the program's name
  std::map<std::string, std::string> variables;
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  bool err_is_terminal = false;
  std::filesystem::path executable;

  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> read_file(const std::string& path) const;
  // Why read_file would have nothing to give; "" when it would. Opens nothing: a pipe can be read but once.
  [[nodiscard]] std::string why_unreadable(const std::string& path) const;
  // Where profiles/ and scenarios/ are: $CPEFLEET_DATA, else ../share/cpefleet beside the executable, else the source
  // tree it was built from. Empty when none of them is there.
  [[nodiscard]] std::filesystem::path data_directory() const;
};

// steady_clock since its construction, with the system's wall clock at that instant.
class SystemClock final : public Clock {
 public:
  SystemClock();
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] WallTime wall_start() const override { return wall_start_; }

 private:
  std::chrono::steady_clock::time_point start_;
  WallTime wall_start_;
};

// Calls `on_signal` from a signal handler at SIGINT and SIGTERM; undone when destroyed. One at a time.
class SignalGuard {
 public:
  explicit SignalGuard(void (*on_signal)());
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
};

// Raises the soft limit of descriptors to the hard one; what it is then.
std::uint64_t raise_descriptor_limit();

}  // namespace cpefleet::sim
