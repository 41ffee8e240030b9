// SPDX-License-Identifier: Apache-2.0
#include "report/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/text.hpp"
#include "report/json_text.hpp"

namespace cpefleet::report {
namespace {

namespace json = boost::json;
using metrics::Histogram;
using metrics::Snapshot;

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

double ms(Duration d) { return static_cast<double>(d.count()) / 1e6; }

template <class Strings>
json::array strings(const Strings& list) {
  json::array out;
  for (const auto& text : list) out.emplace_back(view(text));
  return out;
}

json::object counts(const NamedCounts& list) {
  json::object out;
  for (const auto& [name, n] : list) out.emplace(view(name), n);
  return out;
}

json::object scenario(const RunResults& r) {
  return {{"name", view(r.scenario)},
          {"file", view(r.file)},
          {"acs_url", view(r.acs_url)},
          {"seed", r.seed},
          {"threads", r.threads}};
}

json::object run(const RunResults& r) {
  return {
      {"started_at", view(format_utc(r.wall_start, true))}, {"duration_ms", ms(r.duration)}, {"devices", r.devices}};
}

json::object verdict(const RunResults& r) {
  const auto first = foremost(r.exit_codes);
  json::array codes;
  for (const auto code : r.exit_codes) codes.emplace_back(value(code));
  return {{"exit_code", value(first)}, {"meaning", view(meaning(first))}, {"exit_codes", std::move(codes)}};
}

json::array phases(const RunResults& r) {
  json::array out;
  for (const auto& phase : r.phases) {
    json::value started;
    if (phase.started_at) started = ms(*phase.started_at);
    out.push_back(json::object{{"name", view(phase.name)},
                               {"measured", phase.measured},
                               {"started_at_ms", std::move(started)},
                               {"length_ms", ms(phase.length)},
                               {"timed_out", phase.timed_out}});
  }
  return out;
}

json::array thresholds(const RunResults& r) {
  json::array out;
  for (const auto& judged : r.thresholds) {
    out.push_back(json::object{{"what", view(judged.what)},
                               {"value", view(judged.value)},
                               {"passed", judged.passed},
                               {"no_data", judged.no_data},
                               {"abort", judged.abort}});
  }
  return out;
}

json::object health(const GeneratorHealth& h) {
  json::array cpu;
  for (const double share : h.cpu) cpu.emplace_back(share);
  return {{"bottleneck", h.bottleneck},
          {"reasons", strings(h.reasons)},
          {"notes", strings(h.notes)},
          {"cpu", std::move(cpu)},
          {"starts", h.starts},
          {"lateness_p50_ms", ms(h.lateness_p50)},
          {"lateness_p99_ms", ms(h.lateness_p99)},
          {"lateness_max_ms", ms(h.lateness_max)},
          {"loop_lag_p99_ms", ms(h.loop_lag_p99)},
          {"descriptors_used", h.descriptors_used},
          {"descriptors_limit", h.descriptors_limit},
          {"planned", h.planned},
          {"dropped", counts(h.dropped)},
          {"in_flight_is_users", h.in_flight_is_users}};
}

json::array failures(const RunResults& r) {
  json::array out;
  for (const auto& sample : r.failures) {
    out.push_back(
        json::object{{"cause", view(sample.cause)}, {"detail", view(sample.detail)}, {"device", view(sample.device)}});
  }
  return out;
}

json::object statistics(const Histogram& h) {
  return {{"count", h.count()},
          {"min_ms", ms(h.min())},
          {"mean_ms", ms(h.mean())},
          {"p50_ms", ms(h.quantile(0.5))},
          {"p90_ms", ms(h.quantile(0.9))},
          {"p95_ms", ms(h.quantile(0.95))},
          {"p99_ms", ms(h.quantile(0.99))},
          {"p999_ms", ms(h.quantile(0.999))},
          {"max_ms", ms(h.max())}};
}

// [upper edge in µs, count] of each bucket that is not empty.
json::array buckets(const Histogram& h) {
  json::array out;
  for (const auto& bucket : h.buckets()) {
    const auto edge = std::chrono::duration_cast<std::chrono::microseconds>(Histogram::upper_edge(bucket.index));
    out.push_back(json::array{edge.count(), bucket.count});
  }
  return out;
}

// Phase, group and tag of a cell, by name; a group or phase without a name by number.
json::object place(const Snapshot::CellKey& key, const RunResults& r) {
  json::object out;
  auto& phase = out["phase"];
  if (key.phase < r.phases.size())
    phase = view(r.phases[key.phase].name);
  else if (key.phase != metrics::kOutsidePhases)
    phase = key.phase;
  auto& group = out["group"];
  if (key.group < r.groups.size())
    group = view(r.groups[key.group]);
  else
    group = key.group;
  const auto tag = metrics::info(key.id).tag;
  if (tag != metrics::Tag::none) out.emplace(view(to_string(tag)), view(key.tag));
  return out;
}

json::object metric(const metrics::Info& info, const RunResults& r, bool unmeasured) {
  const auto& snapshot = r.snapshot;
  json::object out{
      {"kind", view(to_string(info.kind))}, {"unit", view(info.unit)}, {"definition", view(info.definition)}};
  const metrics::Filter measured{.measured_only = true};
  const bool duration = info.kind == metrics::Kind::duration;
  const auto total = [&](const metrics::Filter& filter) -> json::value {
    if (duration) return statistics(snapshot.durations(info.id, filter));
    return snapshot.count(info.id, filter);
  };
  out.emplace("total", total({}));
  if (unmeasured) out.emplace("measured", total(measured));
  json::array values;
  for (auto at = snapshot.counters().lower_bound({info.id, 0, 0, {}});
       !duration && at != snapshot.counters().end() && at->first.id == info.id; ++at) {
    auto cell = place(at->first, r);
    cell.emplace("count", at->second);
    values.push_back(std::move(cell));
  }
  for (auto at = snapshot.histograms().lower_bound({info.id, 0, 0, {}});
       duration && at != snapshot.histograms().end() && at->first.id == info.id; ++at) {
    auto cell = place(at->first, r);
    for (auto& pair : statistics(at->second)) cell.emplace(pair.key(), pair.value());
    cell.emplace("sum_us", at->second.sum_micros());
    cell.emplace("buckets_us", buckets(at->second));
    values.push_back(std::move(cell));
  }
  out.emplace("values", std::move(values));
  return out;
}

}  // namespace

std::string results_json(const RunResults& results) {
  bool unmeasured = false;
  for (const auto& phase : results.phases) unmeasured |= !phase.measured;
  json::object all;
  for (const auto& info : metrics::catalogue()) all.emplace(view(info.name), metric(info, results, unmeasured));
  const json::object root{{"format", "cpefleet-results"},
                          {"format_version", 1},
                          {"version", view(results.version)},
                          {"scenario", scenario(results)},
                          {"run", run(results)},
                          {"verdict", verdict(results)},
                          {"groups", strings(results.groups)},
                          {"phases", phases(results)},
                          {"thresholds", thresholds(results)},
                          {"health", health(results.health)},
                          {"failures", failures(results)},
                          {"warnings", strings(results.warnings)},
                          {"acs_totals", counts(results.acs_totals)},
                          {"metrics", std::move(all)}};
  return pretty_json(root);
}

}  // namespace cpefleet::report
