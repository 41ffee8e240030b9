// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "profile/diagnostics.hpp"

// What a ping or a trace route finds, drawn: nothing is sent. Pure functions; the same bits give the same outcome.
namespace cpefleet::device {

// No test takes longer, whatever it was asked for.
constexpr Duration kLongestTest = std::chrono::hours{24 * 365 * 10};

struct PingOutcome {
  std::string_view state;  // DiagnosticsState
  Duration lasts{};        // one packet behind the other: its round trip, or the timeout
  std::uint32_t success = 0;
  std::uint32_t failure = 0;  // both together: the repetitions (D-9)
  std::uint32_t average = 0;  // ms; 0 without success, 1 at least with one (D-8)
  std::uint32_t minimum = 0;
  std::uint32_t maximum = 0;
};
// Takes time and memory for some thousand repetitions at most: of more, the rest is like the first.
[[nodiscard]] PingOutcome ping(const profile::DiagnosticsBehaviour& how, std::string_view host,
                               std::uint32_t repetitions, Duration timeout, std::uint64_t random);

struct TraceOutcome {
  std::string_view state;
  Duration lasts{};
  std::uint32_t response_time = 0;  // ms, of the host; 0 without a route
  std::vector<std::string> hops;    // the host last; "" one that does not answer; none without a route (D-10)
};
// `gateway`: the first hop, where it is known. `route`: the same bits give the same hops on the way.
[[nodiscard]] TraceOutcome trace_route(const profile::DiagnosticsBehaviour& how, std::string_view host,
                                       std::uint32_t max_hops, Duration timeout, std::string_view gateway,
                                       std::uint64_t route, std::uint64_t random);

}  // namespace cpefleet::device
