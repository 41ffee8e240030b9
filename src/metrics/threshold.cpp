// SPDX-License-Identifier: Apache-2.0
#include "metrics/threshold.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <span>

#include "base/text.hpp"
#include "base/units.hpp"

namespace cpefleet::metrics {
namespace {

using Stat = Condition::Stat;
using Op = Condition::Op;

struct NamedOp {
  std::string_view text;
  Op op;
};
// Longer ones first: "<=" begins with "<".
constexpr std::array<NamedOp, 6> kOps{
    {{"<=", Op::le}, {">=", Op::ge}, {"==", Op::eq}, {"!=", Op::ne}, {"<", Op::lt}, {">", Op::gt}}};

struct NamedStat {
  std::string_view name;
  Stat stat;
};
constexpr std::array<NamedStat, 6> kStats{{{"count", Stat::count},
                                           {"share", Stat::share},
                                           {"rate", Stat::rate},
                                           {"mean", Stat::mean},
                                           {"min", Stat::min},
                                           {"max", Stat::max}}};

// What a share of this metric is over; the metric itself where it is split by tag.
std::optional<Id> whole_of(Id id) {
  switch (id) {
    case Id::sessions_started:
    case Id::sessions_merged:
    case Id::sessions_skipped:
    case Id::sessions_dropped: return Id::sessions_planned;
    case Id::retries:
    case Id::own_sessions:
    case Id::sessions_done:
    case Id::sessions_failed:
    case Id::caps_hit: return Id::attempts;
    case Id::connections_reopened: return Id::connections;
    case Id::http_challenges:
    case Id::http_redirects: return Id::posts;
    case Id::faults_sent: return Id::rpcs;
    case Id::faults_received: return Id::cpe_rpcs;
    case Id::files_failed: return Id::files;
    case Id::transfers_failed: return Id::transfers;
    case Id::in_flight:
    case Id::files_under_way:
    case Id::backlog:
    case Id::devices_offline: return Id::devices;
    case Id::rpcs:
    case Id::cpe_rpcs:
    case Id::events_delivered:
    case Id::findings: return id;
    default: return std::nullopt;
  }
}

bool fits(Stat stat, const Info& metric) {
  switch (stat) {
    case Stat::count: return true;
    case Stat::share: return whole_of(metric.id).has_value();
    case Stat::rate: return metric.kind != Kind::gauge;
    case Stat::mean:
    case Stat::min:
    case Stat::max:
    case Stat::quantile: return metric.kind == Kind::duration;
  }
  return false;
}

std::string fitting_stats(const Info& metric) {
  std::vector<std::string_view> names;
  if (metric.kind == Kind::duration) names = {"p50", "p99", "p99.9"};
  for (const auto& known : kStats) {
    if (fits(known.stat, metric)) names.push_back(known.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// "p99.9" is 0.999.
std::optional<double> quantile_of(std::string_view name) {
  if (name.size() < 2 || name.front() != 'p' || name[1] < '0' || name[1] > '9') return std::nullopt;
  const auto percent = parse_double(name.substr(1));
  if (!percent || *percent <= 0 || *percent > 100) return std::nullopt;
  return *percent / 100;
}

Result<double> parse_bound(Stat stat, std::string_view text) {
  switch (stat) {
    case Stat::count: return parse_count(text).map([](std::uint64_t n) { return static_cast<double>(n); });
    case Stat::share: return parse_share(text);
    case Stat::rate: return parse_rate(text).map([](Rate r) { return r.per_second; });
    default: return parse_duration(text).map([](Duration d) { return std::chrono::duration<double>(d).count(); });
  }
}

// The value of a condition; empty without data.
std::optional<double> measure(const Threshold& threshold, const Condition& condition, const Snapshot& snapshot,
                              Duration elapsed) {
  const auto seconds = [](Duration d) { return std::chrono::duration<double>(d).count(); };
  switch (condition.stat) {
    case Stat::count: return static_cast<double>(snapshot.count(threshold.metric, threshold.filter));
    case Stat::rate:
      if (elapsed <= Duration{}) return std::nullopt;
      return static_cast<double>(snapshot.count(threshold.metric, threshold.filter)) / seconds(elapsed);
    case Stat::share: {
      const auto whole = whole_of(threshold.metric);
      if (!whole) return std::nullopt;
      auto filter = threshold.filter;
      filter.any_tag = true;
      if (*whole == Id::devices) filter.phase = kAny;
      const auto all = snapshot.count(*whole, filter);
      if (all == 0) return std::nullopt;
      return static_cast<double>(snapshot.count(threshold.metric, threshold.filter)) / static_cast<double>(all);
    }
    default: break;
  }
  const auto durations = snapshot.durations(threshold.metric, threshold.filter);
  if (durations.count() == 0) return std::nullopt;
  switch (condition.stat) {
    case Stat::mean: return seconds(durations.mean());
    case Stat::min: return seconds(durations.min());
    case Stat::max: return seconds(durations.max());
    default: return seconds(durations.quantile(condition.q));
  }
}

std::string written(Stat stat, double value) {
  switch (stat) {
    case Stat::count: return format_count(static_cast<std::uint64_t>(std::llround(value)));
    case Stat::share: return fmt::format("{:.3g}%", value * 100);
    case Stat::rate: return format_rate(Rate{value});
    default: return format_duration(Duration{std::llround(value * 1e9)});
  }
}

// "session_duration{phase=storm} p99 < 4s"
std::string describe(const Threshold& threshold, const Condition& condition) {
  const auto& metric = info(threshold.metric);
  std::vector<std::string> where;
  if (!threshold.phase.empty()) where.push_back("phase=" + threshold.phase);
  if (!threshold.group.empty()) where.push_back("group=" + threshold.group);
  if (!threshold.filter.any_tag) where.push_back(fmt::format("{}={}", to_string(metric.tag), threshold.filter.tag));
  const auto braces = where.empty() ? "" : fmt::format("{{{}}}", fmt::join(where, ","));
  return fmt::format("{}{} {}", metric.name, braces, condition.text);
}

// How long the filter's sessions were under way: the phase, the run, or the run without what is not measured.
Duration elapsed_of(const Filter& filter, const Snapshot& snapshot, const std::vector<Duration>& phase_lengths,
                    Duration run_length) {
  if (filter.phase < phase_lengths.size()) return phase_lengths[filter.phase];
  auto elapsed = run_length;
  for (std::size_t i = 0; filter.measured_only && i < phase_lengths.size(); ++i) {
    if (i < snapshot.unmeasured().size() && snapshot.unmeasured()[i]) elapsed -= phase_lengths[i];
  }
  return std::max(elapsed, Duration{});
}

}  // namespace

bool holds(Op op, double value, double bound) {
  switch (op) {
    case Op::lt: return value < bound;
    case Op::le: return value <= bound;
    case Op::eq: return !(value < bound) && !(value > bound);
    case Op::ne: return value < bound || value > bound;
    case Op::ge: return value >= bound;
    case Op::gt: return value > bound;
  }
  return false;
}

std::string_view to_string(Op op) {
  for (const auto& known : kOps) {
    if (known.op == op) return known.text;
  }
  return "";
}

Result<Condition> parse_condition(std::string_view text, Id metric) {
  const auto& what = info(metric);
  text = trim(text);
  const auto at = std::min(text.find_first_of("<>=!"), text.size());
  const auto name = trim(text.substr(0, at));
  Condition out;
  out.text = text;
  if (const auto q = quantile_of(name)) {
    out.stat = Stat::quantile;
    out.q = *q;
  } else {
    const auto known = std::find_if(kStats.begin(), kStats.end(), [&](const NamedStat& s) { return s.name == name; });
    if (known == kStats.end()) {
      return failure(
          fmt::format("unknown statistic \"{}\" in \"{}\": {} has {}", name, text, what.name, fitting_stats(what)));
    }
    out.stat = known->stat;
  }
  if (!fits(out.stat, what)) {
    return failure(fmt::format("\"{}\" does not fit {}, a {}: it has {}", name, what.name, to_string(what.kind),
                               fitting_stats(what)));
  }
  const auto rest = text.substr(at);
  const auto* op =
      std::find_if(kOps.begin(), kOps.end(), [&](const NamedOp& known) { return rest.starts_with(known.text); });
  if (op == kOps.end())
    return failure(
        fmt::format("\"{}\" has no comparison: write one of < <= == != >= >, as in \"{} < ...\"", text, name));
  out.op = op->op;
  const auto bound = parse_bound(out.stat, trim(rest.substr(op->text.size())));
  if (!bound) return failure(fmt::format("in \"{}\": {}", text, bound.error().message()));
  out.bound = *bound;
  return out;
}

std::vector<Judged> judge(const std::vector<Threshold>& thresholds, const Snapshot& snapshot,
                          const std::vector<Duration>& phase_lengths, Duration run_length) {
  std::vector<Judged> out;
  for (const auto& threshold : thresholds) {
    const auto elapsed = elapsed_of(threshold.filter, snapshot, phase_lengths, run_length);
    for (const auto& condition : threshold.conditions) {
      Judged judged;
      judged.what = describe(threshold, condition);
      const auto value = measure(threshold, condition, snapshot, elapsed);
      judged.no_data = !value;
      judged.value = value ? written(condition.stat, *value) : "no data";
      judged.passed = value && holds(condition.op, *value, condition.bound);
      judged.abort = condition.abort && !judged.passed && !judged.no_data && elapsed >= condition.after;
      out.push_back(std::move(judged));
    }
  }
  return out;
}

}  // namespace cpefleet::metrics
