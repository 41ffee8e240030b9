// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/run.hpp"
#include "metrics/catalogue.hpp"
#include "report/results.hpp"

namespace cpefleet::test {

// A run over real sockets, as the program does it, on threads of its own until end(). What keeps it from its start fails
// the test.
class Fleet {
 public:
  struct Options {
    std::string fleet =
        "{ group: desks, profile: gxp2170, count: 2, start: known, identity: { mac: \"000B82{i:06x}\" } }";
    std::string more;  // further keys of the scenario
    std::uint32_t threads = 2;
    std::vector<std::string> allowed_hosts;
    Duration look_up_again = std::chrono::minutes{1};
    std::string state_file;
    std::function<void(const std::function<void()>&)> inside;  // where the run is to be done; empty: here
  };
  Fleet(const std::string& acs_url, Options options);
  ~Fleet();
  // Ends it, once.
  const report::RunResults& end();
  [[nodiscard]] std::uint16_t udp_port() const { return udp_port_; }
  // While it goes on.
  [[nodiscard]] std::uint64_t count(metrics::Id id, const std::string& reason) const;
  [[nodiscard]] std::uint64_t in_flight() const;
  [[nodiscard]] std::vector<std::string> notes() const { return udp_->notes(); }
  [[nodiscard]] std::uint64_t time_stamp_in_file() const;  // of the first device's last UDP request

 private:
  void play(const std::string& acs_url);
  void play_over_sockets(const std::string& acs_url);

  Options options_;
  std::atomic<engine::Run*> run_{nullptr};
  std::atomic<std::uint16_t> udp_port_{0};
  std::atomic<bool> failed_{false};
  std::string error_;  // once it failed
  // All from before run_ is known.
  std::shared_ptr<const scenario::Plan> plan_;
  std::unique_ptr<engine::FleetState> state_;
  std::unique_ptr<engine::UdpRequests> udp_;
  std::vector<engine::Shard*> shards_;
  report::RunResults results_;
  std::thread thread_;
};

}  // namespace cpefleet::test
