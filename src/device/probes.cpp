// SPDX-License-Identifier: Apache-2.0
#include "device/probes.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "base/log_normal.hpp"
#include "base/rng.hpp"

namespace cpefleet::device {
namespace {

constexpr std::uint32_t kDrawn = 4096;
constexpr std::uint32_t kProbesOfAHop = 3;  // assumed: what trace routes do where nothing is said

constexpr std::string_view kComplete = "Complete";
constexpr std::string_view kUnresolvable = "Error_CannotResolveHostName";
constexpr std::string_view kTooFar = "Error_MaxHopCountExceeded";

// Empty when no answer comes in time.
std::optional<Duration> probe(const profile::NetworkPath& path, Duration timeout, std::uint64_t random) {
  if (unit(mix64(random)) < path.loss) return std::nullopt;
  const auto rtt = log_normal(path.median, path.p99, mix64(~random));
  return rtt < timeout ? std::optional(rtt) : std::nullopt;
}

std::uint32_t milliseconds(Duration d) {
  const auto ms = std::chrono::round<std::chrono::milliseconds>(d).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 1, UINT32_MAX));
}

Duration times(Duration one, double n) {
  const auto all = static_cast<double>(one.count()) * n;
  return all >= static_cast<double>(kLongestTest.count()) ? kLongestTest : Duration{static_cast<Duration::rep>(all)};
}

std::string hop_on_the_way(std::uint64_t route, std::uint32_t hop) {
  const auto bits = mix64(route ^ hop);
  // Shared address space (RFC 6598), as inside an operator's network: nobody's address.
  return fmt::format("100.{}.{}.{}", 64 + (bits & 63U), bits >> 8 & 255U, 1 + (bits >> 16) % 254);
}

}  // namespace

PingOutcome ping(const profile::DiagnosticsBehaviour& how, std::string_view host, std::uint32_t repetitions,
                 Duration timeout, std::uint64_t random) {
  const auto& path = how.path_to(host);
  PingOutcome out{kComplete};
  if (!how.resolves(host)) {
    out.state = kUnresolvable;
    out.lasts = std::min(log_normal(path.median, path.p99, random), kLongestTest);
    return out;
  }
  const auto drawn = std::min(repetitions, kDrawn);
  Duration answered{};
  for (std::uint32_t i = 0; i < drawn; ++i) {
    const auto rtt = probe(path, timeout, mix64(random) + i);
    if (!rtt) continue;
    const auto ms = milliseconds(*rtt);
    out.minimum = out.success == 0 ? ms : std::min(out.minimum, ms);
    out.maximum = std::max(out.maximum, ms);
    answered = std::min(answered + *rtt, kLongestTest);
    ++out.success;
  }
  if (out.success != 0) out.average = std::clamp(milliseconds(answered / out.success), out.minimum, out.maximum);
  out.failure = drawn - out.success;
  out.lasts = std::min(answered + times(timeout, out.failure), kLongestTest);
  if (drawn != 0 && repetitions > drawn) {
    const auto more = static_cast<double>(repetitions) / drawn;
    out.lasts = times(out.lasts, more);
    out.success = static_cast<std::uint32_t>(std::uint64_t{out.success} * repetitions / drawn);
    out.failure = repetitions - out.success;
  }
  return out;
}

TraceOutcome trace_route(const profile::DiagnosticsBehaviour& how, std::string_view host, std::uint32_t max_hops,
                         Duration timeout, std::string_view gateway, std::uint64_t route, std::uint64_t random) {
  const auto& path = how.path_to(host);
  TraceOutcome out{kComplete, {}, 0, {}};
  if (!how.resolves(host)) {
    out.state = kUnresolvable;
    out.lasts = std::min(log_normal(path.median, path.p99, random), kLongestTest);
    return out;
  }
  for (std::uint32_t hop = 1; hop <= max_hops; ++hop) {
    std::optional<Duration> rtt;
    for (std::uint32_t i = 0; i < kProbesOfAHop && !rtt; ++i) {
      // Behind a host that does not answer there is nobody.
      if (hop <= path.hops) rtt = probe(path, timeout, mix64(random) + hop * kProbesOfAHop + i);
      if (rtt) *rtt = *rtt * std::min(hop, path.hops) / path.hops;
      out.lasts = std::min(out.lasts + rtt.value_or(timeout), kLongestTest);
    }
    if (hop == path.hops && rtt) {
      out.hops.emplace_back(host);
      out.response_time = milliseconds(*rtt);
      return out;
    }
    if (hop == 1 && rtt && !gateway.empty()) {
      out.hops.emplace_back(gateway);
    } else {
      out.hops.push_back(rtt ? hop_on_the_way(route, hop) : std::string());
    }
  }
  out.hops.clear();
  out.state = kTooFar;
  return out;
}

}  // namespace cpefleet::device
