// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "integration/tr111/udp_port.hpp"
#include "support/stun_peer.hpp"
#include "tr111/stun_client.hpp"

namespace cpefleet::tr111::test {

// What a server of these tests saw, and does when something comes.
class Responder {
 public:
  explicit Responder(UdpPort port) : port_(std::move(port)) {}
  struct Seen {
    Endpoint from;
    cpefleet::test::StunRequest request;
  };
  std::vector<Seen> seen;
  std::string challenges;  // with 401, unless the integrity is made with this password; empty: nobody

  [[nodiscard]] const UdpPort& port() const { return port_; }
  void serve();  // all that is there already

 private:
  UdpPort port_;
};

// A StunClient on two real sockets, one thread. Its time is not the real one: it stands while an answer is waited for
// and jumps to what is due next, so that no test waits for a keep-alive.
class Pump {
 public:
  Pump(UdpPort primary, UdpPort secondary, const Endpoint& server);

  StunSettings settings;
  StunClient client{1, 7};
  StunStep step;
  Responder* responder = nullptr;  // served while the pump waits
  std::vector<cpefleet::test::StunRequest> sent;
  int binding_changes = 0;

  // Begins, and goes on until the machine rests.
  void start();
  // Jumps to what is due, and goes on until the machine rests. `patience` is how long an answer is waited for before
  // the request is sent again.
  void next(std::chrono::milliseconds patience = std::chrono::seconds{2});
  [[nodiscard]] const UdpPort& primary() const { return primary_; }
  StunStep::Attempt last_attempt = StunStep::Attempt::none;

 private:
  void took();
  void until_rest(std::chrono::milliseconds patience);
  void receive(const UdpPort& port, StunPort at);

  UdpPort primary_;
  UdpPort secondary_;
  TimePoint now_{};
  bool resting_ = true;
};

}  // namespace cpefleet::tr111::test
