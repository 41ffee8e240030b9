// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

using metrics::Tag;

constexpr std::array kTags = {Tag::cause, Tag::rpc, Tag::event, Tag::fault, Tag::trigger, Tag::reason, Tag::rule};

// The values a tag can have where they are few and fixed; a misspelt one would count nothing and always pass.
[[nodiscard]] std::span<const std::string_view> tag_values(metrics::Id metric) {
  static constexpr std::array<std::string_view, 3> kMerged = {"in_session", "retry_wait", "provisioning"};
  static constexpr std::array<std::string_view, 3> kSkipped = {"offline", "no_line", "nothing_to_tell"};
  static constexpr std::array<std::string_view, 5> kDropped = {"in_flight", "descriptors", "ports", "max_lag",
                                                               "run_over"};
  static constexpr std::array<std::string_view, 8> kTriggers = {
      "periodic", "scheduled", "boot", "follow_up", "value_change", "connection_request", "transfer", "diagnostics"};
  static constexpr std::array<std::string_view, 6> kFiles = {"firmware",     "configuration", "log",
                                                             "provisioning", "download_test", "upload_test"};
  switch (metric) {
    case metrics::Id::sessions_merged: return kMerged;
    case metrics::Id::sessions_skipped: return kSkipped;
    case metrics::Id::sessions_dropped: return kDropped;
    case metrics::Id::own_sessions: return kTriggers;
    case metrics::Id::sessions_failed: return cause_words();
    case metrics::Id::files:
    case metrics::Id::file_bytes_received:
    case metrics::Id::file_bytes_sent:
    case metrics::Id::file_duration: return kFiles;
    default: return {};
  }
}

void read_tags(yaml::MapReader& reader, metrics::Threshold& threshold, bool known_metric) {
  const metrics::Info& info = metrics::info(threshold.metric);
  for (const Tag tag : kTags) {
    const std::string_view key = metrics::to_string(tag);
    const auto value = reader.optional_string(key);
    if (!value || !known_metric) continue;
    if (info.tag != tag) {
      reader.wrong(key,
                   info.tag == Tag::none
                       ? fmt::format("{} is not split by anything but phase and group", info.name)
                       : fmt::format("{} is split by {}, not by {}", info.name, metrics::to_string(info.tag), key));
      continue;
    }
    const auto values = tag_values(threshold.metric);
    if (!values.empty() && std::find(values.begin(), values.end(), *value) == values.end()) {
      reader.wrong(key, fmt::format("unknown {} `{}`{}", key, *value, did_you_mean(*value, values)));
    }
    threshold.filter.any_tag = false;
    threshold.filter.tag = *value;
  }
}

// The index of a phase or group by name; kAny when none is written.
[[nodiscard]] std::uint32_t read_reference(yaml::MapReader& reader, std::string_view key, std::string& name,
                                           const std::vector<std::string_view>& known) {
  name = reader.optional_string(key).value_or("");
  if (name.empty()) return metrics::kAny;
  const auto found = std::find(known.begin(), known.end(), name);
  if (found != known.end()) return static_cast<std::uint32_t>(found - known.begin());
  reader.wrong(key, fmt::format("there is no {} `{}`{}", key, name, did_you_mean(name, known)));
  return metrics::kAny;
}

void add_condition(const std::string& text, const Location& where, metrics::Threshold& threshold, bool known_metric,
                   bool abort, Duration after, Loading& loading) {
  if (!known_metric) return;
  Result<metrics::Condition> condition = metrics::parse_condition(text, threshold.metric);
  if (!condition) return loading.wrong(where, condition.error().message());
  condition->abort = abort;
  condition->after = after;
  threshold.conditions.push_back(std::move(*condition));
}

// "p99 < 4s", or { is: "p99 < 4s", abort: true, after: 30s }
void read_condition(const yaml::Node& node, metrics::Threshold& threshold, bool known_metric, Loading& loading) {
  if (node.is_scalar()) return add_condition(node.text(), node.where(), threshold, known_metric, false, {}, loading);
  yaml::MapReader reader(node, "a condition", loading.diagnostics, keys_of("condition"));
  const std::string text = reader.required_string("is");
  const bool abort = reader.optional_bool("abort").value_or(false);
  const Duration after = reader.optional_duration("after").value_or(Duration{});
  if (reader.has("after") && !abort) reader.wrong("after", "says when `abort` may act, and there is no `abort: true`");
  if (!text.empty()) add_condition(text, node.find("is")->where(), threshold, known_metric, abort, after, loading);
  reader.finish();
}

void read_threshold(const yaml::Node& node, Loading& loading) {
  metrics::Threshold threshold;
  yaml::MapReader reader(node, "a threshold", loading.diagnostics, keys_of("threshold"));
  const std::string metric = reader.required_string("metric");
  const auto id = metrics::find_metric(metric);
  if (id) threshold.metric = *id;
  if (!id && !metric.empty()) {
    reader.wrong("metric",
                 fmt::format("there is no metric `{}`{}", metric, did_you_mean(metric, metrics::metric_names())));
  }
  threshold.filter.phase = read_reference(reader, "phase", threshold.phase, loading.phase_names());
  threshold.filter.group = read_reference(reader, "group", threshold.group, loading.group_names());
  // Who names a phase means it, measured or not.
  threshold.filter.measured_only = threshold.phase.empty();
  read_tags(reader, threshold, id.has_value());
  if (const yaml::Node* that = reader.required("that")) {
    if (that->is_sequence()) {
      for (const yaml::Node& item : that->items()) read_condition(item, threshold, id.has_value(), loading);
      if (that->size() == 0) reader.wrong("that", "says nothing");
    } else {
      read_condition(*that, threshold, id.has_value(), loading);
    }
  }
  reader.finish();
  loading.plan.thresholds.push_back(std::move(threshold));
}

}  // namespace

void read_thresholds(const yaml::Node& node, Loading& loading) {
  if (!node.is_sequence()) {
    loading.wrong(node.where(), "`thresholds` must be a list");
    return;
  }
  for (const yaml::Node& item : node.items()) read_threshold(item, loading);
}

}  // namespace cpefleet::scenario
