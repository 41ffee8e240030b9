// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "datamodel/model.hpp"
#include "device/device.hpp"

namespace cpefleet::device {

// What the data model of one device reads around itself. Made on the stack where a Model is needed; expands the identity
// only when something asks for it. Thread: the shard.
class DeviceSurroundings final : public datamodel::Surroundings {
 public:
  // `device`: for what is asked of it itself (its public address); outlives this.
  DeviceSurroundings(const Context& context, std::uint32_t index, TimePoint booted_at, const Device* device = nullptr)
      : context_(context), index_(index), booted_at_(booted_at), device_(device) {}

  void expand(std::string_view identity_template, std::string& out) const override;
  [[nodiscard]] std::uint64_t up_time_seconds() const override;
  void append_local_time(std::string& out) const override;
  [[nodiscard]] datamodel::GeneratorInput generator_input(const datamodel::Key& parameter) const override;

  [[nodiscard]] const fleet::Identity& identity() const;

 private:
  const std::string* identity_part(std::string_view name) const;
  bool append_place(std::string_view name, std::string& out) const;
  void append_connection_request_url(std::string& out) const;

  Context context_;
  std::uint32_t index_;
  TimePoint booted_at_;
  const Device* device_;
  mutable std::optional<fleet::Identity> identity_;
};

// Where a device listens for UDP connection requests, as it knows itself (U-9). Not known when its LAN address is none.
[[nodiscard]] tr111::Endpoint local_udp_address(const fleet::Group& group, std::uint32_t index);

}  // namespace cpefleet::device
