// SPDX-License-Identifier: Apache-2.0
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

// `80ms`, or `{ median: 400ms, p99: 2s }`.
[[nodiscard]] Pause read_pause(yaml::MapReader& parent, const yaml::Node& value, std::string_view key,
                               Loading& loading) {
  Pause pause;
  if (!value.is_map()) {
    pause.median = pause.p99 = parent.optional_duration(key).value_or(Duration{});
    return pause;
  }
  yaml::MapReader reader(value, "`" + std::string(key) + "`", loading.diagnostics, keys_of("pause"));
  if (reader.required("median") != nullptr) pause.median = reader.optional_duration("median").value_or(Duration{});
  pause.p99 = reader.optional_duration("p99").value_or(pause.median);
  if (pause.p99 < pause.median) reader.wrong("p99", "must not be less than the median");
  if (pause.median == Duration{} && pause.p99 > Duration{} && reader.has("median")) {
    reader.wrong("median", "must be longer than 0 when there is a p99");
  }
  reader.finish();
  return pause;
}

void read_think(yaml::MapReader& pace, const yaml::Node& node, Pace& out, Loading& loading) {
  if (!node.is_map()) {
    out.think = read_pause(pace, node, "think", loading);
    return;
  }
  yaml::MapReader reader(node, "`think`", loading.diagnostics, keys_of("think"));
  if (const yaml::Node* value = reader.optional("default")) out.think = read_pause(reader, *value, "default", loading);
  for (const std::string_view rpc : rpc_names()) {
    const yaml::Node* value = reader.optional(rpc);
    if (value != nullptr) out.think_for.emplace_back(std::string(rpc), read_pause(reader, *value, rpc, loading));
  }
  reader.finish();
}

}  // namespace

Pace read_pace(const yaml::Node& node, Loading& loading) {
  Pace pace;
  yaml::MapReader reader(node, "`pace`", loading.diagnostics, keys_of("pace"));
  pace.rtt = reader.optional_duration("rtt").value_or(Duration{});
  if (const yaml::Node* think = reader.optional("think")) read_think(reader, *think, pace, loading);
  pace.bandwidth = reader.optional_as("bandwidth", parse_bandwidth).value_or(0);
  reader.finish();
  return pace;
}

}  // namespace cpefleet::scenario
