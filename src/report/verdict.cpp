// SPDX-License-Identifier: Apache-2.0
#include "report/verdict.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <string_view>

#include "base/units.hpp"
#include "journal/cause.hpp"

namespace cpefleet::report {
namespace {

// Beyond these, what was measured says more of this machine than of the ACS.
constexpr Duration kLateStarts = std::chrono::milliseconds{100};  // p99
constexpr Duration kLoopLag = std::chrono::milliseconds{100};     // p99
constexpr std::uint64_t kEnoughStarts = 100;                      // a percentile of fewer is an accident
constexpr double kDroppedShare = 0.01;
constexpr double kBusyCpu = 0.85;  // DESIGN 2: beyond it starts come late
constexpr double kDescriptorsShare = 0.9;

}  // namespace

void fill_from_snapshot(GeneratorHealth& health, const metrics::Snapshot& snapshot) {
  using metrics::Id;
  const auto lateness = snapshot.durations(Id::start_lateness);
  health.lateness_p50 = lateness.quantile(0.5);
  health.lateness_p99 = lateness.quantile(0.99);
  health.lateness_max = lateness.max();
  health.starts = lateness.count();
  health.planned = snapshot.count(Id::sessions_planned);
  health.dropped = snapshot.by_tag(Id::sessions_dropped);
  health.no_descriptor =
      snapshot.count(Id::sessions_failed, {.any_tag = false, .tag = std::string(to_string(Cause::no_descriptor))});
}

void judge_health(GeneratorHealth& health) {
  health.reasons.clear();
  health.notes.clear();
  if (health.starts >= kEnoughStarts && health.lateness_p99 > kLateStarts) {
    health.reasons.push_back(fmt::format("starts came late: p99 {}, bearable are {}",
                                         format_duration(health.lateness_p99), format_duration(kLateStarts)));
  }
  if (health.loop_lag_p99 > kLoopLag) {
    health.reasons.push_back(fmt::format("event loops lagged: p99 {}, bearable are {}",
                                         format_duration(health.loop_lag_p99), format_duration(kLoopLag)));
  }
  std::uint64_t dropped = 0;
  std::string by_reason;
  for (const auto& [reason, n] : health.dropped) {
    if (health.in_flight_is_users && reason == "in_flight") continue;
    dropped += n;
    by_reason += fmt::format("{}{} {}", by_reason.empty() ? "" : ", ", reason, format_count(n));
  }
  if (dropped > 0) {
    const double share = health.planned > 0 ? static_cast<double>(dropped) / static_cast<double>(health.planned) : 1;
    auto text = fmt::format("{:.2g}% of the planned starts were dropped: {}", share * 100, by_reason);
    (share > kDroppedShare ? health.reasons : health.notes).push_back(std::move(text));
  }
  if (health.no_descriptor > 0)
    health.reasons.push_back(fmt::format(
        "{} session{} found no descriptor left to connect with, the limit is {}: raise it (ulimit -n) or lower "
        "limits.in_flight",
        format_count(health.no_descriptor), health.no_descriptor == 1 ? "" : "s",
        format_count(health.descriptors_limit)));
  if (const auto busiest = std::max_element(health.cpu.begin(), health.cpu.end());
      busiest != health.cpu.end() && *busiest > kBusyCpu)
    health.notes.push_back(fmt::format("a shard used {:.0f}% of its core; starts come late beyond {:.0f}%",
                                       *busiest * 100, kBusyCpu * 100));
  if (static_cast<double>(health.descriptors_used) >
          kDescriptorsShare * static_cast<double>(health.descriptors_limit) &&
      health.descriptors_limit > 0)
    health.notes.push_back(fmt::format("{} sessions at a time, the descriptor limit is {}: raise it (ulimit -n)",
                                       format_count(health.descriptors_used), format_count(health.descriptors_limit)));
  health.bottleneck = !health.reasons.empty();
}

std::vector<ExitCode> verdict(const RunResults& results, const Incidents& incidents) {
  std::vector<ExitCode> codes;
  const auto add = [&](bool holds, ExitCode code) {
    if (holds) codes.push_back(code);
  };
  const bool threshold_failed = std::any_of(results.thresholds.begin(), results.thresholds.end(),
                                            [](const metrics::Judged& judged) { return !judged.passed; });
  add(incidents.internal_error, ExitCode::internal_error);
  add(incidents.interrupted, ExitCode::interrupted);
  add(results.health.bottleneck, ExitCode::generator_bottleneck);
  add(incidents.aborted, ExitCode::aborted);
  add(incidents.incomplete, ExitCode::incomplete);
  add(threshold_failed, ExitCode::threshold_failed);
  add(incidents.expectation_failed, ExitCode::expectation_failed);
  return in_order(codes);
}

}  // namespace cpefleet::report
