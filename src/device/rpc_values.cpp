// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>
#include <vector>

#include "device/rpc.hpp"

namespace cpefleet::device::rpc {
namespace {

using datamodel::Key;
using datamodel::Model;
using datamodel::NodeKind;

// What one request may ask of a device: far more than any model has, far less than would hold a shard up.
constexpr std::size_t kMostNames = 20'000;
constexpr std::size_t kLongestValue = 64 * 1024;  // the longest maxLength of the standard is 32768

bool is_parameter(const Model& model, const Key& key) {
  return model.schema().node(key.node).kind == NodeKind::parameter;
}

cwmp::ParameterValue read(const Model& model, const Key& key, std::string_view path) {
  cwmp::ParameterValue out{std::string(path), {}, value_type(model.schema().node(key.node).type)};
  model.append_value(key, out.value);
  return out;
}

}  // namespace

cwmp::ValueType value_type(datamodel::Type type) {
  using datamodel::Type;
  switch (type) {
    case Type::string: return cwmp::ValueType::string;
    case Type::integer: return cwmp::ValueType::integer;
    case Type::unsigned_integer: return cwmp::ValueType::unsigned_integer;
    case Type::boolean: return cwmp::ValueType::boolean;
    case Type::date_time: return cwmp::ValueType::date_time;
    case Type::base64: return cwmp::ValueType::base64;
  }
  return cwmp::ValueType::string;
}

cwmp::CpeResponse get_parameter_values(const Model& model, const cwmp::GetParameterValues& request) {
  if (request.names.size() > kMostNames) return cwmp::make_fault(9004, "too many names");
  cwmp::GetParameterValuesResponse out;
  std::set<std::pair<Key, bool>> walked;
  std::set<Key> seen;  // a parameter named twice, by itself or by paths that overlap, is answered once (P-45)
  const bool may_repeat = request.names.size() > 1;
  for (const auto& name : request.names) {
    const auto place = model.find(name);
    if (!place) return cwmp::make_fault(9005, name);
    if (is_parameter(model, place->key)) {
      if (!may_repeat || seen.insert(place->key).second) out.values.push_back(read(model, place->key, name));
      continue;
    }
    if (may_repeat && !walked.emplace(place->key, place->row).second) continue;
    model.walk(*place, [&](const Model::Visit& visit) {
      if (visit.node->kind != NodeKind::parameter) return;
      if (may_repeat && !seen.insert(visit.place->key).second) return;
      out.values.push_back(read(model, visit.place->key, visit.path));
    });
  }
  return out;
}

std::optional<cwmp::Fault> set_parameter_values(Model& model, const cwmp::SetParameterValues& request) {
  if (request.values.size() > kMostNames) return cwmp::make_fault(9004, "too many values");
  std::vector<std::pair<Key, std::string>> changes;
  changes.reserve(request.values.size());
  cwmp::Fault fault = cwmp::make_fault(9003);
  const auto refuse = [&](const std::string& name, int code, std::string_view reason) {
    auto text = std::string(cwmp::fault_text(code));
    if (!reason.empty()) text += fmt::format(": {}", reason);
    fault.parameters.push_back({name, code, std::move(text)});
  };

  for (const auto& wanted : request.values) {
    if (wanted.value.size() > kLongestValue) {
      refuse(wanted.name, 9007, "too long");
      continue;
    }
    const auto place = model.find(wanted.name);
    if (!place || !is_parameter(model, place->key)) {  // objects and partial paths too (P-24)
      refuse(wanted.name, 9005, {});
      continue;
    }
    std::string canonical;
    const auto verdict = model.check(place->key, wanted.value, wanted.declared_type, canonical);
    if (verdict.fault != 0)
      refuse(wanted.name, verdict.fault, verdict.reason);
    else
      changes.emplace_back(place->key, std::move(canonical));
  }
  if (!fault.parameters.empty()) return fault;

  std::set<Key> seen;
  for (const auto& [key, value] : changes) {
    if (seen.insert(key).second) continue;
    std::string path;
    model.append_path({key, false}, path);
    return cwmp::make_fault(9003, fmt::format("{} is given twice", path));  // P-23
  }
  for (const auto& [key, value] : changes) {
    // A trigger acts and reads false again: nothing is kept (P-31).
    if (model.schema().node(key.node).source == datamodel::Source::always_false) continue;
    model.store(key, value);
    model.written_by_acs(key);  // N-3
  }
  return std::nullopt;
}

}  // namespace cpefleet::device::rpc
