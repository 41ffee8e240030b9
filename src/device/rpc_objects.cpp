// SPDX-License-Identifier: Apache-2.0
#include "device/rpc.hpp"

namespace cpefleet::device::rpc {

using datamodel::Model;
using datamodel::NodeKind;

cwmp::CpeResponse add_object(Model& model, const std::string& object) {
  const auto place = model.find(object);
  if (!place || place->row || model.schema().node(place->key.node).kind != NodeKind::table)
    return cwmp::make_fault(9005, object);  // P-70
  const auto added = model.add_row(place->key);
  if (added.fault != 0) return cwmp::make_fault(added.fault, added.reason.empty() ? object : added.reason);
  return cwmp::AddObjectResponse{added.instance, 0};
}

cwmp::CpeResponse delete_object(Model& model, const std::string& object) {
  const auto place = model.find(object);
  if (!place || !place->row) return cwmp::make_fault(9005, object);  // P-76
  if (const int fault = model.delete_row(place->key); fault != 0) return cwmp::make_fault(fault, object);
  return cwmp::DeleteObjectResponse{0};
}

}  // namespace cpefleet::device::rpc
