// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "datamodel/model.hpp"
#include "device/device.hpp"
#include "device/surroundings.hpp"

namespace cpefleet::device {

// A device's data model, for the length of a function.
class Device::Lens {
 public:
  Lens(Device& device, const Context& context)
      : around_(context, device.index_, device.booted_at_, &device),
        model(*device.firmware(context).schema, device.delta_, around_) {}

 private:
  DeviceSurroundings around_;

 public:
  datamodel::Model model;
};

// As the device itself reads it; "" where its model has no such parameter.
[[nodiscard]] inline std::string stored(const datamodel::Model& model, std::string_view path) {
  const auto node = model.schema().find(path);
  return node == datamodel::kNoNode ? std::string() : model.stored_value({node, {}});
}

}  // namespace cpefleet::device
