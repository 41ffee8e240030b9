// SPDX-License-Identifier: Apache-2.0
#include "integration/tr111/coturn.hpp"

#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "integration/tr111/udp_port.hpp"
#include "tr111/stun_message.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX has no header for it

namespace cpefleet::tr111::test {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Coturn::Coturn() {
  std::string pattern = (std::filesystem::temp_directory_path() / "coturn.XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  directory_ = pattern;
  // Somebody else may take the port between finding and using it; then coturn ends, and another one is tried.
  for (int attempt = 0; attempt < 5; ++attempt) {
    address_ = loopback_port().local();
    start();
    if (answers()) return;
    stop();
  }
  FAIL("coturn does not answer; it said:\n" << contents(directory_ / "output"));
}

Coturn::~Coturn() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Coturn::start() {
  const std::string output = (directory_ / "output").string();
  // -n: Debian's configuration file turns classic STUN off (no-stun-backward-compatibility).
  const std::vector<std::string> words{"turnserver",
                                       "-n",
                                       "--no-tcp",
                                       "--no-tls",
                                       "--no-dtls",
                                       "--no-cli",
                                       "--stun-only",
                                       "--no-auth",
                                       "--simple-log",
                                       "--relay-threads",
                                       "1",
                                       "--listening-ip",
                                       "127.0.0.1",
                                       "--listening-port",
                                       std::to_string(address_.port),
                                       "--userdb",
                                       (directory_ / "db").string(),
                                       "--pidfile",
                                       (directory_ / "pid").string(),
                                       "--log-file",
                                       (directory_ / "log").string()};
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));  // posix_spawn changes none
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) pid_ = -1;
  REQUIRE_MESSAGE(failed == 0, "turnserver is not there: scripts/install-deps test installs coturn");
}

bool Coturn::answers() {
  const UdpPort port = loopback_port();
  std::vector<std::byte> datagram;
  encode({}, datagram);
  const UdpPort* const ports[] = {&port};
  for (int i = 0; i < 400; ++i) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    port.send(address_, datagram);
    if (!wait_for_any(ports, std::chrono::milliseconds{50})) continue;
    const auto received = port.receive();
    if (received && decode_binding_answer(received->datagram)) return true;
  }
  return false;
}

void Coturn::stop() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);  // it has nothing to save, and takes its time to end otherwise
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace cpefleet::tr111::test
