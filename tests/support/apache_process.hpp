// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cpefleet::test {

// A real Apache (package apache2-bin) as a child, started in a directory of its own and ended with the object. Fails the
// test when it does not start.
class ApacheProcess {
 public:
  // Of the configuration, what follows the lines every server has: ServerRoot, pid, error log, user. It says on which of
  // the ports to listen.
  using Config =
      std::function<std::string(const std::filesystem::path& directory, const std::vector<std::uint16_t>& ports)>;
  ApacheProcess(std::size_t ports, const Config& config);
  ApacheProcess(const ApacheProcess&) = delete;
  ApacheProcess& operator=(const ApacheProcess&) = delete;
  ~ApacheProcess();

  void restart();  // on the same ports
  void stop();     // returns when it is gone, its logs written
  [[nodiscard]] std::uint16_t port(std::size_t index) const { return ports_.at(index); }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  // What it had to say: for the message of a failed test.
  [[nodiscard]] std::string log() const;

  // LoadModule lines, of modules that are not compiled in.
  [[nodiscard]] static std::string load(const std::vector<std::string>& modules);

 private:
  [[nodiscard]] bool start();

  std::filesystem::path directory_;
  std::vector<std::uint16_t> ports_;
  std::string config_;
  pid_t child_ = -1;
};

}  // namespace cpefleet::test
