// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/run.hpp"
#include "report/results.hpp"

namespace cpefleet::test {

// A run over real sockets, as the program does it, on threads of its own until end().
class Fleet {
 public:
  struct Options {
    std::string fleet =
        "{ group: desks, profile: gxp2170, count: 2, start: known, identity: { mac: \"000B82{i:06x}\" } }";
    std::string more;  // further keys of the scenario
    std::uint32_t threads = 2;
    std::vector<std::string> allowed_hosts;
    std::function<void(const std::function<void()>&)> inside;  // where the run is to be done; empty: here
  };
  Fleet(const std::string& acs_url, Options options);
  ~Fleet();
  // Ends it, once.
  const report::RunResults& end();
  [[nodiscard]] std::uint16_t udp_port() const { return udp_port_; }

 private:
  void play(const std::string& acs_url);

  Options options_;
  std::atomic<engine::Run*> run_{nullptr};
  std::atomic<std::uint16_t> udp_port_{0};
  std::atomic<bool> failed_{false};
  report::RunResults results_;
  std::thread thread_;
};

}  // namespace cpefleet::test
