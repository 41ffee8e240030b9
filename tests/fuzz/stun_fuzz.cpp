// SPDX-License-Identifier: Apache-2.0
// Datagrams from a network. A STUN answer on its own; then the same input as what a client gets while it runs: each
// piece is a byte that says what happens, a length, and a datagram, whose transaction id is made the right one or not.
#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "property.hpp"
#include "tr111/stun_client.hpp"

namespace {

using namespace cpefleet;
using namespace cpefleet::tr111;
using cpefleet::fuzz::holds;

void decode_alone(Bytes datagram) {
  const auto answer = decode_binding_answer(datagram);
  if (!answer) return;
  holds(answer->error != 0 || (answer->mapped.known() && answer->mapped.port != 0), "an answer that says nothing");
  holds(answer->error == 0 || (answer->error >= 100 && answer->error < 800), "no error code");
  holds(stun_transaction(datagram) == answer->id, "two ids in one message");
  holds(to_string(answer->mapped).size() < 64, "an unbounded address");
}

void holds_for(const StunClient& client, const StunStep& step, const StunSettings& settings, TimePoint now) {
  holds(client.next_due() == kNever || client.next_due() > now - std::chrono::hours{2}, "a time long past");
  holds(client.mapped().known(), "no address at all");
  holds(client.nat_detected() == (client.mapped() != settings.local), "NATDetected is not what the addresses say");
  holds(step.datagram.empty() || decode_binding_answer(step.datagram) == std::nullopt, "a client that answers");
  holds(step.datagram.size() <= 700, "an unbounded request");
}

void run_client(Bytes input) {
  StunSettings settings;
  settings.server = parse_endpoint("198.51.100.1", 3478).value();
  settings.local = parse_endpoint("192.168.0.2", 7547).value();
  settings.username = "alice";
  settings.password = "secret";
  StunClient client(1, 2);
  StunStep step;
  TimePoint now{};
  client.start(now, settings, step);
  std::vector<std::byte> last = step.datagram;
  for (int pieces = 0; input.size() >= 2 && pieces < 200; ++pieces) {
    const auto what = std::to_integer<unsigned>(input[0]);
    const std::size_t size = std::min<std::size_t>(std::to_integer<unsigned>(input[1]), input.size() - 2);
    std::vector<std::byte> datagram(input.begin() + 2, input.begin() + 2 + static_cast<std::ptrdiff_t>(size));
    input = input.subspan(2 + size);
    if ((what & 4U) != 0 && datagram.size() >= 20) std::copy_n(last.begin() + 4, 16, datagram.begin() + 4);
    if ((what & 1U) != 0) {
      if (client.next_due() != kNever) now = std::max(now, client.next_due());
      client.on_timer(now, settings, step);
    } else {
      client.on_datagram(now, (what & 2U) != 0 ? StunPort::secondary : StunPort::primary, datagram, settings, step);
    }
    if (!step.datagram.empty()) last = step.datagram;
    holds_for(client, step, settings, now);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span(data, size));
  decode_alone(input);
  run_client(input);
  return 0;
}
