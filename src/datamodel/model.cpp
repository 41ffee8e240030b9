// SPDX-License-Identifier: Apache-2.0
#include "datamodel/model.hpp"

#include <algorithm>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <iterator>

#include "base/text.hpp"

namespace cpefleet::datamodel {
namespace {

// An instance number as it is written in a path: no sign, no leading zero, 1..65535. "[name]" is of Amendment 4 (P-78).
std::optional<Instance> parse_instance(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0') return std::nullopt;
  const auto number = parse_uint(text);
  if (!number || *number > UINT16_MAX) return std::nullopt;
  return static_cast<Instance>(*number);
}

// A parameter whose value is not the device's to keep.
bool is_computed(Source source) { return source != Source::text && source != Source::identity; }

}  // namespace

Model::Model(const Schema& schema, Delta& delta, const Surroundings& around)
    : schema_(schema), delta_(delta), around_(around) {}

const DeltaIndex& Model::index() const {
  if (!index_.built()) index_.build(delta_);
  return index_;
}

std::optional<Model::Place> Model::find(std::string_view path) const {
  Place place{Key{kRoot, {}}, false};
  while (!path.empty()) {
    const Node& node = schema_.node(place.key.node);
    if (node.kind == NodeKind::parameter) return std::nullopt;
    const auto dot = path.find('.');
    const auto segment = path.substr(0, dot);
    if (node.kind == NodeKind::table && !place.row) {
      const auto instance = parse_instance(segment);
      if (!instance || dot == std::string_view::npos) return std::nullopt;
      place.key.at[node.tables - 1U] = *instance;
      place.row = true;
      if (!row_exists(place.key)) return std::nullopt;
    } else {
      place.key.node = schema_.child(place.key.node, segment);
      place.row = false;
      if (place.key.node == kNoNode) return std::nullopt;
      // A dot behind an object, none behind a parameter (P-4).
      if ((schema_.node(place.key.node).kind == NodeKind::parameter) != (dot == std::string_view::npos))
        return std::nullopt;
    }
    path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  }
  return place;
}

void Model::append_path(const Place& place, std::string& out) const {
  const Node& node = schema_.node(place.key.node);
  if (place.key.node == kRoot) return;
  append_path({Key{node.parent, place.key.at}, true}, out);
  out += node.name;
  if (node.kind == NodeKind::parameter) return;
  out += '.';
  if (node.kind == NodeKind::table && place.row)
    fmt::format_to(std::back_inserter(out), "{}.", place.key.at[node.tables - 1U]);
}

bool Model::writable(const Place& place) const {
  const Node& node = schema_.node(place.key.node);
  return node.kind != NodeKind::object && node.writable;
}

Model::Base Model::base_of(const Node& node, const Key& parameter) const {
  Base base{node.default_value, node.source, node.generator.get()};
  int best = -1;
  for (const auto& candidate : node.overrides) {
    int given = 0;
    for (std::size_t i = 0; i < node.tables && given >= 0; ++i) {
      if (candidate.pattern[i] == 0) continue;
      given = candidate.pattern[i] == parameter.at[i] ? given + 1 : -1;
    }
    if (given < 0 || given < best) continue;
    best = given;
    base = {candidate.value, candidate.source, candidate.generator.get()};
  }
  return base;
}

void Model::append_base(const Base& base, const Node& node, const Key& parameter, std::string& out) const {
  switch (base.source) {
    case Source::text: out += base.text; break;
    case Source::identity: around_.expand(base.text, out); break;
    case Source::number_of_rows: {
      Key table{node.counted, {}};
      for (std::size_t i = 0; i + 1 < schema_.node(node.counted).tables; ++i) table.at[i] = parameter.at[i];
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), count_rows(table));
      break;
    }
    case Source::up_time: fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), around_.up_time_seconds()); break;
    case Source::current_time: around_.append_local_time(out); break;
    case Source::always_false: out += '0'; break;
    case Source::generated: append_generated(*base.generator, around_.generator_input(parameter), out); break;
  }
}

void Model::append_stored(const Node& node, const Key& parameter, std::string& out) const {
  if (const auto stored = index().find(Delta::Kind::value, parameter)) {
    out += *stored;
  } else {
    append_base(base_of(node, parameter), node, parameter, out);
  }
}

void Model::append_value(const Key& parameter, std::string& out) const {
  const Node& node = schema_.node(parameter.node);
  if (!node.hidden) append_stored(node, parameter, out);
}

std::string Model::value(const Key& parameter) const {
  std::string out;
  append_value(parameter, out);
  return out;
}

std::string Model::stored_value(const Key& parameter) const {
  std::string out;
  append_stored(schema_.node(parameter.node), parameter, out);
  return out;
}

void Model::reset_values(const Place& place) {
  const Node& top = schema_.node(place.key.node);
  const auto places =
      static_cast<std::ptrdiff_t>(top.kind == NodeKind::table && !place.row ? top.tables - 1 : top.tables);
  delta_.erase_if([&](const Delta::Entry& entry) {
    return entry.kind == Delta::Kind::value && schema_.is_below(entry.key.node, place.key.node) &&
           std::equal(entry.key.at.begin(), entry.key.at.begin() + places, place.key.at.begin());
  });
  index_.drop();
}

void Model::store(const Key& parameter, std::string_view canonical) {
  const Node& node = schema_.node(parameter.node);
  const Base base = base_of(node, parameter);
  if (is_computed(base.source)) return;  // a trigger's write is the caller's to act on (P-31)
  std::string unwritten;
  append_base(base, node, parameter, unwritten);
  if (unwritten == canonical) {
    delta_.erase(Delta::Kind::value, parameter);
  } else {
    delta_.put(Delta::Kind::value, parameter, canonical);
  }
  index_.drop();
}

}  // namespace cpefleet::datamodel
