// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "datamodel/model.hpp"

// What the next Inform has to tell (TR-069 A.3.2.4). A change that the device itself makes leaves a mark where
// notification asks for it; parameters that change by themselves are compared with what was told last.
namespace cpefleet::datamodel {

Source Model::source_of(const Key& parameter) const { return base_of(schema_.node(parameter.node), parameter).source; }

std::uint8_t Model::notification(const Key& parameter) const {
  // Nearly no device has a rule.
  for (const auto& slot : index().all()) {
    if (slot.kind == Delta::Kind::attribute) return attributes(parameter).notification;
  }
  return 0;
}

std::uint8_t Model::change(const Key& parameter, std::string_view canonical) {
  if (stored_value(parameter) == canonical) return 0;
  store(parameter, canonical);
  return changed(parameter);
}

std::uint8_t Model::changed(const Key& parameter) {
  const auto level = notification(parameter);
  if (level == 0) return 0;
  delta_.put(Delta::Kind::changed, parameter);
  index_.drop();
  return level;
}

std::vector<Model::Change> Model::changes() const {
  std::vector<Change> out;
  for (const auto& slot : index().all()) {
    if (slot.kind != Delta::Kind::changed && slot.kind != Delta::Kind::told) continue;
    // Rows may have gone since, and rules may have been taken back.
    const auto level = exists(slot.key) ? notification(slot.key) : std::uint8_t{0};
    if (level == 0) continue;
    if (slot.kind == Delta::Kind::told && value(slot.key) == slot.data) continue;
    if (!out.empty() && out.back().parameter == slot.key) continue;  // both: ordered by key
    out.push_back({slot.key, level});
  }
  return out;
}

void Model::told(const Key& parameter, std::string_view text) {
  // Everything is read before anything is written: the index points into the delta.
  const bool still_so = value(parameter) == text;
  const bool compared = changes_by_itself(source_of(parameter)) && notification(parameter) > 0;
  if (still_so) delta_.erase(Delta::Kind::changed, parameter);
  if (compared) delta_.put(Delta::Kind::told, parameter, text);
  index_.drop();
}

void Model::written_by_acs(const Key& parameter) {
  if (!index().find(Delta::Kind::told, parameter)) return;
  const auto now = value(parameter);
  delta_.put(Delta::Kind::told, parameter, now);
  index_.drop();
}

void Model::forget_changes() {
  delta_.erase_if([](const Delta::Entry& entry) { return entry.kind == Delta::Kind::changed; });
  index_.drop();
}

void Model::watch() {
  delta_.erase_if([&](const Delta::Entry& entry) {
    return (entry.kind == Delta::Kind::told || entry.kind == Delta::Kind::changed) &&
           (!exists(entry.key) || attributes(entry.key).notification == 0);
  });
  index_.drop();
  for (const auto node : schema_.changing()) {
    for_each_instance(node, [&](const Key& parameter) {
      if (!changes_by_itself(source_of(parameter)) || notification(parameter) == 0) return;
      if (index().find(Delta::Kind::told, parameter)) return;
      const auto now = value(parameter);
      delta_.put(Delta::Kind::told, parameter, now);
      index_.drop();
    });
  }
}

void Model::counts_changed_by_acs() {
  std::vector<Key> counts;
  for (const auto& slot : index().all()) {
    if (slot.kind == Delta::Kind::told && schema_.node(slot.key.node).source == Source::number_of_rows)
      counts.push_back(slot.key);
  }
  for (const auto& key : counts) written_by_acs(key);
}

std::optional<Duration> Model::next_active_change() const {
  std::optional<Duration> soonest;
  for (const auto& slot : index().all()) {
    if (slot.kind != Delta::Kind::told || !exists(slot.key) || notification(slot.key) != 2) continue;
    const auto after = until_change_of(slot.key);
    if (after && (!soonest || *after < *soonest)) soonest = after;
  }
  return soonest;
}

std::optional<Duration> Model::until_change_of(const Key& parameter) const {
  const Node& node = schema_.node(parameter.node);
  const Base base = base_of(node, parameter);
  switch (base.source) {
    case Source::up_time:
    case Source::current_time: return kClockNotification;
    case Source::generated: return until_change(*base.generator, around_.generator_input(parameter));
    default: return std::nullopt;  // changes with what the device does, which looks for itself
  }
}

bool Model::exists(const Key& parameter) const {
  Key row = parameter;
  for (NodeId at = schema_.node(parameter.node).parent; at != kRoot; at = schema_.node(at).parent) {
    const Node& node = schema_.node(at);
    if (node.kind != NodeKind::table) continue;
    row.node = at;
    if (!row_exists(row)) return false;
    row.at[node.tables - 1U] = 0;
  }
  return true;
}

void Model::for_each_instance(NodeId parameter, const std::function<void(const Key&)>& visit) const {
  std::vector<NodeId> tables;
  for (NodeId at = schema_.node(parameter).parent; at != kRoot; at = schema_.node(at).parent) {
    if (schema_.node(at).kind == NodeKind::table) tables.push_back(at);
  }
  std::vector<Key> keys{{parameter, {}}};
  for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
    std::vector<Key> deeper;
    for (const auto& key : keys) {
      for (const auto row : rows({*table, key.at})) {
        deeper.push_back(key);
        deeper.back().at[schema_.node(*table).tables - 1U] = row;
      }
    }
    keys = std::move(deeper);
  }
  for (const auto& key : keys) visit(key);
}

}  // namespace cpefleet::datamodel
