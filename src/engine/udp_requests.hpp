// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "engine/shard.hpp"
#include "scenario/plan.hpp"
#include "tr111/stun_client.hpp"

namespace cpefleet::engine {

// The UDP ports of a run (TR-069 Annex G): one that receives UDP Connection Requests and asks STUN servers, and one that
// asks how long bindings live; for all devices. Has a thread of its own, which reads datagrams, finds the device and
// hands them to its shard in batches; shards send by themselves. What nobody could want ends on that thread, and so does
// what a shard has no room for: a flood keeps no session waiting.
class UdpRequests {
 public:
  static constexpr std::uint16_t kPort = 54320;
  struct Options {
    std::vector<std::pair<std::string, std::vector<std::string>>> pinned;  // host → addresses, resolved already
    std::vector<std::string> allowed_hosts;                                // as for the ACS
    Duration look_up_again = std::chrono::minutes{1};  // a STUN server's name that did not lead to an address
  };

  // Whether a run may come to need them: the built-in ACS turns no STUN on.
  [[nodiscard]] static bool wanted(const scenario::Plan& plan, bool builtin_acs);
  // Listens at once. Every error says what could be done.
  [[nodiscard]] static Result<std::unique_ptr<UdpRequests>> listen(const scenario::Plan& plan, Options options);
  ~UdpRequests();

  // The plan with devices that know their port.
  [[nodiscard]] std::shared_ptr<const scenario::Plan> reachable(const scenario::Plan& plan) const;
  [[nodiscard]] std::uint16_t port() const;
  // What people should know of: servers that cannot be asked. One line each, a few at most. Any thread.
  [[nodiscard]] std::vector<std::string> notes() const;

  // From here on datagrams are read; before, they wait. The shards outlive the call of stop().
  void serve(std::vector<Shard*> shards);
  void stop();

  // --- for the shards: any thread -------------------------------------------------------------------------------------
  [[nodiscard]] bool own_address(std::uint32_t group) const;
  // Not known while its name leads nowhere, in which case the desk of the device's shard is told when it does; and for
  // good where it must not be asked.
  [[nodiscard]] tr111::Endpoint server(std::string_view host, std::uint16_t port, std::uint64_t position);
  void send(tr111::StunPort from, const tr111::Endpoint& source, const tr111::Endpoint& to,
            tr111::Bytes datagram) const;
  // A shard has dealt with one of those it was handed: an answer of a STUN server, or a request.
  void done(std::uint32_t shard, bool stun);

 private:
  struct Impl;
  explicit UdpRequests(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpefleet::engine
