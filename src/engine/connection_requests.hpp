// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/shard.hpp"
#include "scenario/plan.hpp"

namespace cpefleet::engine {

// Listens for the connection requests to all devices of a run (TR-069 3.2.2): one listener, or a port for each device of
// a small fleet. The device is known from the path, or from the address or port that was connected to; no map. Has a
// thread of its own, which reads requests and hands them to the shard of the device.
class ConnectionRequests {
 public:
  static constexpr std::uint16_t kPort = 7547;
  static constexpr std::uint64_t kMostPorts = 20'000;
  static constexpr std::uint64_t kMostConnections = 256;

  // Whether a run has them: the built-in ACS makes none unless it is said where to listen.
  [[nodiscard]] static bool wanted(const scenario::Plan& plan, bool builtin_acs);
  // Descriptors they take for themselves at most. The error: that leaves none for sessions, and what to do.
  struct Sockets {
    std::uint64_t listening = 0;
    std::uint64_t connections = 0;
  };
  [[nodiscard]] static Result<Sockets> sockets(const scenario::Plan& plan);

  // Listens at once, as plan.connection_requests says. `secret`: unguessable, of this run. Every error says what could be done.
  [[nodiscard]] static Result<std::unique_ptr<ConnectionRequests>> listen(const scenario::Plan& plan,
                                                                          std::string secret);
  ~ConnectionRequests();

  // The plan with devices whose ConnectionRequestURL leads here.
  [[nodiscard]] std::shared_ptr<const scenario::Plan> reachable(const scenario::Plan& plan) const;
  // One line each for people: where it listens, what is missing.
  [[nodiscard]] const std::vector<std::string>& notes() const;
  [[nodiscard]] std::uint16_t port() const;

  // From here on requests are answered; before, they wait. The shards outlive the call of stop().
  void serve(std::vector<Shard*> shards);
  void stop();

 private:
  struct Impl;
  explicit ConnectionRequests(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpefleet::engine
