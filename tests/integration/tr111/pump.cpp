// SPDX-License-Identifier: Apache-2.0
#include "integration/tr111/pump.hpp"

#include <doctest/doctest.h>

namespace cpefleet::tr111::test {

void Responder::serve() {
  while (const auto received = port_.receive()) {
    const auto request = cpefleet::test::read_stun_request(received->datagram);
    if (!request) continue;
    seen.push_back({received->from, *request});
    if (!challenges.empty() && !cpefleet::test::integrity_holds(received->datagram, challenges)) {
      port_.send(received->from, cpefleet::test::stun_error(request->id, 401));
      continue;
    }
    port_.send(request->response_address.value_or(received->from),
               cpefleet::test::stun_response(request->id, received->from));
  }
}

Pump::Pump(UdpPort primary, UdpPort secondary, const Endpoint& server)
    : primary_(std::move(primary)), secondary_(std::move(secondary)) {
  settings.server = server;
  settings.local = primary_.local();
  settings.minimum_period = settings.maximum_period = std::chrono::seconds{60};
}

void Pump::start() {
  client.start(now_, settings, step);
  took();
  until_rest(std::chrono::seconds{2});
}

void Pump::next(std::chrono::milliseconds patience) {
  now_ = client.next_due();
  client.on_timer(now_, settings, step);
  took();
  until_rest(patience);
}

void Pump::took() {
  if (step.binding_changed) ++binding_changes;
  if (step.attempt != StunStep::Attempt::none) last_attempt = step.attempt;
  resting_ = step.attempt != StunStep::Attempt::none && step.datagram.empty();
  if (step.datagram.empty()) return;
  const auto request = cpefleet::test::read_stun_request(step.datagram);
  REQUIRE(request);
  sent.push_back(*request);
  (step.from == StunPort::primary ? primary_ : secondary_).send(settings.server, step.datagram);
}

void Pump::receive(const UdpPort& port, StunPort at) {
  while (const auto received = port.receive()) {
    client.on_datagram(now_, at, received->datagram, settings, step);
    if (step.attempt != StunStep::Attempt::none || !step.datagram.empty()) took();
  }
}

void Pump::until_rest(std::chrono::milliseconds patience) {
  std::vector<const UdpPort*> ports{&primary_, &secondary_};
  if (responder != nullptr) ports.push_back(&responder->port());
  while (!resting_) {
    if (!wait_for_any(ports, patience)) {
      now_ = client.next_due();
      client.on_timer(now_, settings, step);
      took();
      continue;
    }
    if (responder != nullptr) responder->serve();
    receive(primary_, StunPort::primary);
    receive(secondary_, StunPort::secondary);
  }
}

}  // namespace cpefleet::tr111::test
