// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/stun_peer.hpp"
#include "tr111/stun_client.hpp"

namespace cpefleet::tr111::test {

using cpefleet::test::StunRequest;
using std::chrono::seconds;

inline Endpoint at(std::string_view address, std::uint16_t port) { return parse_endpoint(address, port).value(); }

// One device behind a NAT, and a STUN server: all of it in virtual time, 10 ms from one end to the other.
class NatWorld {
 public:
  static constexpr Duration kWay = std::chrono::milliseconds{10};

  struct Sent {
    Duration when{};
    StunPort from = StunPort::primary;
    StunRequest request;
    std::vector<std::byte> datagram;
  };

  explicit NatWorld(std::uint64_t seed = 1) : client(seed, 77) {
    settings.server = at("198.51.100.1", 3478);
    settings.local = at("192.168.0.2", 7547);
    settings.minimum_period = seconds{30};
    settings.maximum_period = seconds{30};
  }

  // The world's ways; to be set before and during a test.
  bool nat = true;
  Duration lifetime = std::chrono::hours{1000};  // of a binding nobody uses
  bool server_up = true;
  bool reflects = true;                   // the server honours RESPONSE-ADDRESS
  unsigned refuses = 0;                   // the code of the error it answers with
  unsigned refuses_probes = 0;            // ... to requests with RESPONSE-ADDRESS
  std::optional<std::string> challenges;  // with 401, unless the integrity is made with this password
  bool new_mapping_each_time = false;

  StunSettings settings;
  StunClient client;
  StunStep step;
  std::vector<Sent> sent;
  std::vector<std::pair<Duration, StunStep::Attempt>> attempts;
  int binding_changes = 0;
  Duration now{};

  void start() {
    client.start(time(), settings, step);
    took();
  }
  // Everything that happens up to and at `until`.
  void run_until(Duration until) {
    while (true) {
      Duration next = until;
      const bool due = client.next_due() != kNever && client.next_due().time_since_epoch() <= until;
      if (due) next = std::max(now, client.next_due().time_since_epoch());
      const bool delivery = !on_the_way_.empty() && on_the_way_.front().when <= next;
      if (!due && !delivery) break;
      if (delivery) {
        deliver();
        continue;
      }
      now = next;
      client.on_timer(time(), settings, step);
      took();
    }
    now = until;
  }
  void run_for(Duration length) { run_until(now + length); }
  void forget_binding() { binding_ends_ = Duration{-1}; }
  [[nodiscard]] Endpoint binding() const { return public_; }

  [[nodiscard]] std::vector<Sent> sent_from(StunPort port) const {
    std::vector<Sent> out;
    for (const auto& s : sent)
      if (s.from == port) out.push_back(s);
    return out;
  }

 private:
  struct Delivery {
    Duration when{};
    Endpoint to;
    std::vector<std::byte> datagram;
  };

  [[nodiscard]] TimePoint time() const { return TimePoint(now); }

  void took() {
    if (step.binding_changed) ++binding_changes;
    if (step.attempt != StunStep::Attempt::none) attempts.emplace_back(now, step.attempt);
    if (step.datagram.empty()) return;
    const auto request = cpefleet::test::read_stun_request(step.datagram);
    REQUIRE(request);
    sent.push_back({now, step.from, *request, step.datagram});
    serve(translated(step.from), *request, step.datagram);
  }

  Endpoint translated(StunPort from) {
    if (from == StunPort::secondary) return at("203.0.113.9", 1);
    if (!nat) return public_ = settings.local;
    if (now >= binding_ends_ || new_mapping_each_time) public_ = at("203.0.113.9", next_port_++);
    binding_ends_ = now + lifetime;
    return public_;
  }

  void serve(const Endpoint& source, const StunRequest& request, const std::vector<std::byte>& datagram) {
    if (!server_up) return;
    const unsigned refusal = request.response_address && refuses_probes != 0 ? refuses_probes : refuses;
    const bool challenged = challenges && !cpefleet::test::integrity_holds(datagram, *challenges);
    if (challenged || refusal != 0)
      return answer(source, cpefleet::test::stun_error(request.id, challenged ? 401 : refusal));
    const Endpoint to = reflects && request.response_address ? *request.response_address : source;
    answer(to, cpefleet::test::stun_response(request.id, source));
  }

  void answer(const Endpoint& to, std::vector<std::byte> datagram) {
    on_the_way_.push_back({now + 2 * kWay, to, std::move(datagram)});
  }

  // An answer passes a NAT only through a binding that is alive; it does not keep it so.
  void deliver() {
    const Delivery delivery = std::move(on_the_way_.front());
    on_the_way_.erase(on_the_way_.begin());
    now = std::max(now, delivery.when);
    const bool secondary = delivery.to.port == 1;
    if (!secondary && (delivery.to != public_ || (nat && now >= binding_ends_))) return;
    client.on_datagram(time(), secondary ? StunPort::secondary : StunPort::primary, delivery.datagram, settings, step);
    took();
  }

  Endpoint public_;
  Duration binding_ends_{-1};
  std::uint16_t next_port_ = 40'000;
  std::vector<Delivery> on_the_way_;
};

}  // namespace cpefleet::tr111::test
