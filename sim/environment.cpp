// SPDX-License-Identifier: Apache-2.0
#include "environment.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

namespace cpefleet::sim {
namespace {

std::atomic<void (*)()> signal_target{nullptr};

extern "C" void handle_signal(int /*number*/) {
  if (auto* target = signal_target.load()) target();
}

}  // namespace

std::optional<std::string> Environment::variable(const std::string& name) const {
  const auto it = variables.find(name);
  if (it == variables.end()) return std::nullopt;
  return it->second;
}

std::optional<std::string> Environment::read_file(const std::string& path) const {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string Environment::why_unreadable(const std::string& path) const {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return "is a directory";
  if (access(path.c_str(), R_OK) == 0) return {};
  const int number = errno;
  return number == ENOENT ? "does not exist" : "cannot be read: " + std::generic_category().message(number);
}

std::filesystem::path Environment::data_directory() const {
  std::vector<std::filesystem::path> candidates;
  if (const auto named = variable("CPEFLEET_DATA")) candidates.emplace_back(*named);
  candidates.push_back(executable.parent_path().parent_path() / "share" / "cpefleet");
  candidates.emplace_back(CPEFLEET_SOURCE_DIR);
  for (const auto& candidate : candidates) {
    std::error_code error;
    if (std::filesystem::is_directory(candidate / "profiles", error)) return candidate;
  }
  return {};
}

SystemClock::SystemClock()
    : start_(std::chrono::steady_clock::now()),
      wall_start_(std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now())) {}

TimePoint SystemClock::now() const { return TimePoint{std::chrono::steady_clock::now() - start_}; }

SignalGuard::SignalGuard(void (*on_signal)()) {
  signal_target = on_signal;
  struct sigaction action {};
  action.sa_handler = handle_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that the other side has closed
}

SignalGuard::~SignalGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  signal_target = nullptr;
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace cpefleet::sim
