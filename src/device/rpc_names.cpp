// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "device/rpc.hpp"

namespace cpefleet::device::rpc {

using datamodel::Model;
using datamodel::NodeKind;

namespace {

constexpr auto kMethods =
    std::to_array<std::string_view>({"GetRPCMethods", "SetParameterValues", "GetParameterValues", "GetParameterNames",
                                     "SetParameterAttributes", "GetParameterAttributes", "AddObject", "DeleteObject",
                                     "Download", "Upload", "Reboot", "FactoryReset", "ScheduleInform"});

}  // namespace

cwmp::CpeResponse get_rpc_methods(const profile::Profile* profile) {
  cwmp::GetRPCMethodsResponse out{{kMethods.begin(), kMethods.end()}};
  if (profile == nullptr) return out;
  for (const auto& method : profile->transfers.methods) out.methods.push_back(method);
  for (const auto& method : profile->methods) out.methods.push_back(method.name);
  return out;
}

bool has_method(std::string_view name, const profile::Profile* profile) {
  if (std::ranges::find(kMethods, name) != kMethods.end()) return true;
  if (profile == nullptr) return false;
  const auto& transfers = profile->transfers.methods;
  return std::ranges::find(transfers, name) != transfers.end() ||
         std::ranges::find(profile->methods, name, &profile::VendorMethod::name) != profile->methods.end();
}

cwmp::CpeResponse get_parameter_names(const Model& model, const cwmp::GetParameterNames& request) {
  const auto place = model.find(request.path);
  if (!place) return cwmp::make_fault(9005, request.path);
  const bool parameter = model.schema().node(place->key.node).kind == NodeKind::parameter;
  if (parameter && request.next_level) return cwmp::make_fault(9003, "NextLevel with a complete name");  // P-54

  cwmp::GetParameterNamesResponse out;
  const auto list = [&](const Model::Visit& visit) {
    out.names.push_back({std::string(visit.path), model.writable(*visit.place)});
  };
  if (request.next_level) {
    model.children(*place, list);
    return out;
  }
  if (!request.path.empty()) out.names.push_back({request.path, model.writable(*place)});  // P-52
  if (!parameter) model.walk(*place, list);
  return out;
}

}  // namespace cpefleet::device::rpc
