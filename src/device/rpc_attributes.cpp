// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "device/rpc.hpp"

namespace cpefleet::device::rpc {

using datamodel::Key;
using datamodel::Model;
using datamodel::NodeKind;

namespace {
constexpr std::size_t kMostEntries = 2'000;  // each may walk the whole model
}

cwmp::CpeResponse get_parameter_attributes(const Model& model, const cwmp::GetParameterAttributes& request) {
  if (request.names.size() > kMostEntries) return cwmp::make_fault(9004, "too many names");
  cwmp::GetParameterAttributesResponse out;
  std::set<Key> seen;
  std::set<std::pair<Key, bool>> walked;
  const auto add = [&](const Key& key, std::string_view path) {
    if (!seen.insert(key).second) return;
    auto attributes = model.attributes(key);
    out.attributes.push_back({std::string(path), attributes.notification, std::move(attributes.access_list)});
  };
  for (const auto& name : request.names) {
    const auto place = model.find(name);
    if (!place) return cwmp::make_fault(9005, name);
    if (model.schema().node(place->key.node).kind == NodeKind::parameter) {
      add(place->key, name);
      continue;
    }
    if (!walked.emplace(place->key, place->row).second) continue;
    model.walk(*place, [&](const Model::Visit& visit) {
      if (visit.node->kind == NodeKind::parameter) add(visit.place->key, visit.path);
    });
  }
  return out;
}

namespace {

// The first parameter at or below `place` that refuses active notification (N-6), "" when none does.
std::string refuses_active(const Model& model, const Model::Place& place) {
  std::string refuser;
  const auto& node = model.schema().node(place.key.node);
  if (node.kind == NodeKind::parameter) {
    if (node.active_denied) model.append_path(place, refuser);
    return refuser;
  }
  model.walk(place, [&](const Model::Visit& visit) {
    if (refuser.empty() && visit.node->kind == NodeKind::parameter && visit.node->active_denied)
      refuser = std::string(visit.path);
  });
  return refuser;
}

}  // namespace

cwmp::CpeResponse set_parameter_attributes(Model& model, const cwmp::SetParameterAttributes& request) {
  if (request.attributes.size() > kMostEntries) return cwmp::make_fault(9004, "too many entries");
  std::vector<Model::Place> places;
  places.reserve(request.attributes.size());
  for (const auto& wanted : request.attributes) {
    const auto place = model.find(wanted.name);
    if (!place) return cwmp::make_fault(9005, wanted.name);
    if (wanted.notification_change) {
      if (wanted.notification < 0 || wanted.notification > 2)
        return cwmp::make_fault(9003, "Notification is 0, 1 or 2");  // P-62
      if (wanted.notification == 2) {
        if (auto refuser = refuses_active(model, *place); !refuser.empty()) return cwmp::make_fault(9009, refuser);
      }
    }
    places.push_back(*place);
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& wanted = request.attributes[i];
    std::optional<std::uint8_t> notification;
    std::optional<std::vector<std::string>> access_list;
    if (wanted.notification_change) notification = static_cast<std::uint8_t>(wanted.notification);  // P-61
    if (wanted.access_list_change) access_list = wanted.access_list;
    if (notification || access_list) model.set_attributes(places[i], notification, access_list);
  }
  return cwmp::SetParameterAttributesResponse{};
}

}  // namespace cpefleet::device::rpc
