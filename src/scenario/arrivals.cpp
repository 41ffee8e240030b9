// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.hpp"
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

// A rate that starts something; 1/s stands in for a wrong one so that the rest can be checked.
[[nodiscard]] Rate positive_rate(yaml::MapReader& reader, std::string_view key) {
  const auto rate = reader.optional_rate(key);
  if (rate && rate->per_second <= 0) reader.wrong(key, "a rate of 0 starts nothing");
  return rate && rate->per_second > 0 ? *rate : Rate{1};
}

[[nodiscard]] Duration positive_time(yaml::MapReader& reader, std::string_view key) {
  const auto time = reader.required(key) == nullptr ? std::nullopt : reader.optional_duration(key);
  if (time && *time <= Duration{}) reader.wrong(key, "must be longer than 0");
  return time && *time > Duration{} ? *time : Duration{std::chrono::seconds{1}};
}

[[nodiscard]] load::Once read_once(const yaml::Node& node, Loading& loading) {
  yaml::MapReader reader(node, "`once`", loading.diagnostics, keys_of("once"));
  load::Once once{Rate{1}};
  if (reader.required("rate") != nullptr) once.rate = positive_rate(reader, "rate");
  reader.finish();
  return once;
}

[[nodiscard]] load::Ramp::Leg read_leg(yaml::MapReader& reader) {
  load::Ramp::Leg leg;
  if (reader.required("to") != nullptr) leg.to = reader.optional_rate("to").value_or(Rate{1});
  leg.over = positive_time(reader, "over");
  return leg;
}

// One leg as `{ from, to, over }`, several as `{ from, legs: [{ to, over }, ...] }`.
[[nodiscard]] load::Ramp read_ramp(const yaml::Node& node, Loading& loading) {
  yaml::MapReader reader(node, "`ramp`", loading.diagnostics, keys_of("ramp"));
  load::Ramp ramp;
  ramp.from = reader.optional_rate("from").value_or(Rate{});
  const yaml::Node* legs = reader.optional("legs");
  if (legs == nullptr) {
    ramp.legs.push_back(read_leg(reader));
  } else if (!legs->is_sequence() || legs->size() == 0) {
    reader.wrong("legs", "must be a list of { to, over }");
  } else {
    for (const yaml::Node& item : legs->items()) {
      yaml::MapReader leg(item, "a leg of the ramp", loading.diagnostics, keys_of("leg"));
      ramp.legs.push_back(read_leg(leg));
      leg.finish();
    }
    if (reader.has("to") || reader.has("over"))
      reader.wrong("legs", "stands instead of `to` and `over`, not beside them");
  }
  const auto nothing = [](const load::Ramp::Leg& leg) { return leg.to.per_second <= 0; };
  if (!ramp.legs.empty() && ramp.from.per_second <= 0 && std::all_of(ramp.legs.begin(), ramp.legs.end(), nothing)) {
    loading.wrong(node.where(), "`ramp`: a rate of 0 all the time starts nothing");
  }
  reader.finish();
  return ramp;
}

[[nodiscard]] load::Spike read_spike(const yaml::Node& node, Loading& loading) {
  yaml::MapReader reader(node, "`spike`", loading.diagnostics, keys_of("spike"));
  load::Spike spike;
  spike.over = positive_time(reader, "over");
  spike.shape = static_cast<load::Spike::Shape>(reader.optional_choice("shape", kShapeWords).value_or(0));
  reader.finish();
  return spike;
}

}  // namespace

std::optional<load::Arrivals> read_arrivals(const yaml::Node& node, Loading& loading) {
  const auto known = keys_of("arrivals");
  yaml::MapReader reader(node, "`arrivals`", loading.diagnostics, known);
  if (!node.is_map()) return std::nullopt;
  if (node.size() != 1) {
    loading.wrong(node.where(), "`arrivals` must be exactly one of once, constant, ramp, spike");
    reader.finish();
    return std::nullopt;
  }
  for (const std::string_view later : {std::string_view("stairs"), std::string_view("poisson")}) {
    if (!reader.has(later)) continue;
    loading.wrong(node.entry(0).key.where(), "`" + std::string(later) + "` arrivals are not supported by this version" +
                                                 did_you_mean(later, known));
    return std::nullopt;
  }
  std::optional<load::Arrivals> arrivals;
  if (const yaml::Node* once = reader.optional("once")) arrivals = read_once(*once, loading);
  if (reader.optional("constant") != nullptr) arrivals = load::Constant{positive_rate(reader, "constant")};
  if (const yaml::Node* ramp = reader.optional("ramp")) arrivals = read_ramp(*ramp, loading);
  if (const yaml::Node* spike = reader.optional("spike")) arrivals = read_spike(*spike, loading);
  reader.finish();
  return arrivals;
}

}  // namespace cpefleet::scenario
