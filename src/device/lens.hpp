// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/rng.hpp"
#include "datamodel/model.hpp"
#include "device/device.hpp"
#include "device/surroundings.hpp"

// What the files that make up Device share.
namespace cpefleet::device {

// The device's data model, for the length of a function. One at a time.
class Device::Lens {
 public:
  Lens(Device& device, const Context& context)
      : around_(context, device.index_, device.booted_at_, &device),
        model(*device.firmware(context).schema, device.delta_, around_) {}
  // To read only.
  Lens(const Device& device, const Context& context) : Lens(const_cast<Device&>(device), context) {}

 private:
  DeviceSurroundings around_;

 public:
  datamodel::Model model;
};

// "" where the model has no such parameter.
[[nodiscard]] inline std::string stored(const datamodel::Model& model, std::string_view path) {
  const auto node = model.schema().find(path);
  return node == datamodel::kNoNode ? std::string() : model.stored_value({node, {}});
}

[[nodiscard]] inline std::uint64_t device_draw(const Context& context, Stream stream, std::uint32_t index,
                                               std::uint64_t counter) {
  return draw(context.group.seed ^ mix64(context.group.number), stream, index, counter);
}

}  // namespace cpefleet::device
