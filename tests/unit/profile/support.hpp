// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <doctest/doctest.h>
#include <string>

#include "datamodel/model.hpp"
#include "profile/profile.hpp"
#include "support/temp_directory.hpp"

namespace cpefleet::profile::test {

inline std::string shipped_directory() { return CPEFLEET_SOURCE_DIR "/profiles"; }

class PlainSurroundings final : public datamodel::Surroundings {
 public:
  void expand(std::string_view identity_template, std::string& out) const override { out += identity_template; }
  [[nodiscard]] std::uint64_t up_time_seconds() const override { return 1; }
  void append_local_time(std::string& out) const override { out += "2026-11-23T01:02:03Z"; }
  [[nodiscard]] datamodel::GeneratorInput generator_input(const datamodel::Key& /*parameter*/) const override {
    return {};
  }
};

// A device fresh from the factory.
struct FactoryDevice {
  explicit FactoryDevice(const Firmware& firmware) : schema(firmware.schema) {}
  std::shared_ptr<const datamodel::Schema> schema;
  datamodel::Delta delta;
  PlainSurroundings around;
  datamodel::Model model{*schema, delta, around};

  [[nodiscard]] std::string value(std::string_view path) const {
    const auto place = model.find(path);
    REQUIRE_MESSAGE(place.has_value(), std::string(path));
    return model.value(place->key);
  }
  [[nodiscard]] bool has(std::string_view path) const { return model.find(path).has_value(); }
  [[nodiscard]] std::size_t parameters() const {
    std::size_t count = 0;
    model.walk(*model.find(""),
               [&](const auto& visit) { count += visit.node->kind == datamodel::NodeKind::parameter; });
    return count;
  }
};

using cpefleet::test::TempDirectory;

}  // namespace cpefleet::profile::test
