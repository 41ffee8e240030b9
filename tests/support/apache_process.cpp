// SPDX-License-Identifier: Apache-2.0
#include "support/apache_process.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cpefleet::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/sbin/apache2";
constexpr auto kPatience = std::chrono::seconds{20};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Apache takes no port 0. Somebody else may get this one first: then it is tried again with others.
std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

bool answers(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

}  // namespace

ApacheProcess::ApacheProcess(std::size_t ports, const Config& config) {
  REQUIRE_MESSAGE(access(kProgram, X_OK) == 0, kProgram << " is not there: apt-get install apache2-bin");
  std::string name = (fs::temp_directory_path() / "cpefleet-apache-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  directory_ = name;
  for (int attempt = 0; attempt < 5; ++attempt) {
    ports_.clear();
    for (std::size_t i = 0; i < ports; ++i) ports_.push_back(free_port());
    config_ = fmt::format(
        "ServerRoot {0}\nDefaultRuntimeDir {0}\nServerName acs.example\nPidFile {0}/pid\nErrorLog {0}/error.log\n"
        "LogLevel warn\n",
        directory_.string());
    config_ += config(directory_, ports_);
    if (geteuid() == 0) config_ += "User www-data\nGroup www-data\n";
    if (start()) return;
    stop();
  }
  const std::string why = log();
  fs::remove_all(directory_);
  FAIL("Apache does not start: " << why);
}

ApacheProcess::~ApacheProcess() {
  stop();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void ApacheProcess::restart() {
  stop();
  REQUIRE_MESSAGE(start(), log());
}

std::string ApacheProcess::load(const std::vector<std::string>& modules) {
  std::string text;
  for (const std::string& module : modules) {
    text += fmt::format("LoadModule {0}_module /usr/lib/apache2/modules/mod_{0}.so\n", module);
  }
  return text;
}

bool ApacheProcess::start() {
  const std::string file = (directory_ / "apache.conf").string();
  const std::string output = (directory_ / "output").string();
  std::ofstream(file) << config_;
  child_ = fork();
  REQUIRE(child_ >= 0);
  if (child_ == 0) {
    const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execl(kProgram, kProgram, "-X", "-f", file.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (waitpid(child_, nullptr, WNOHANG) == child_) {
      child_ = -1;
      return false;
    }
    if (std::all_of(ports_.begin(), ports_.end(), answers)) return true;
    usleep(20'000);
  }
  return false;
}

void ApacheProcess::stop() {
  if (child_ <= 0) return;
  kill(child_, SIGTERM);
  waitpid(child_, nullptr, 0);
  child_ = -1;
}

std::string ApacheProcess::log() const {
  std::string text;
  for (const char* name : {"output", "error.log"}) {
    std::ifstream in(directory_ / name);
    text.append(std::istreambuf_iterator<char>(in), {});
  }
  return text;
}

}  // namespace cpefleet::test
