// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "provision/apply.hpp"
#include "provision/write.hpp"
#include "unit/profile/support.hpp"

namespace cpefleet::provision::test {

inline constexpr auto kMac = "00:0B:82:00:00:2A";
inline constexpr auto kVoice = "Device.Services.VoiceService.1.VoiceProfile.";

// A device of a shipped profile, fresh from the factory.
struct Unit {
  explicit Unit(const std::string& name, std::string_view version = {})
      : profile(load(name)),
        device(version.empty() ? profile->firmware[profile->default_firmware] : *profile->find_firmware(version)) {}

  static std::shared_ptr<const profile::Profile> load(const std::string& name) {
    Diagnostics diagnostics;
    profile::Loader loader({profile::test::shipped_directory()});
    auto made = loader.load(name, diagnostics);
    REQUIRE_MESSAGE(made != nullptr, diagnostics.text());
    return made;
  }
  Applied apply(std::string_view bytes) {
    const auto file = parse(bytes);
    REQUIRE_MESSAGE(file.has_value(), file.error().message());
    auto done = provision::apply(*file, *profile, device.model, kMac);
    REQUIRE_MESSAGE(done.has_value(), done.error().message());
    return *done;
  }
  [[nodiscard]] std::string write(profile::ConfigForm form) const {
    return provision::write(form, *profile, device.model, kMac);
  }
  // What the device itself reads, of secrets too.
  [[nodiscard]] std::string stored(std::string_view path) const {
    const auto place = device.model.find(path);
    REQUIRE_MESSAGE(place.has_value(), std::string(path));
    return device.model.stored_value(place->key);
  }
  // Without a check and without a trace, as an ACS's write ends.
  void set(std::string_view path, std::string_view value) { device.model.store(device.model.find(path)->key, value); }

  std::shared_ptr<const profile::Profile> profile;
  profile::test::FactoryDevice device;
};

inline std::string xml1(std::string_view inside) {
  return "<gs_provision version=\"1\"><config version=\"1\">" + std::string(inside) + "</config></gs_provision>";
}

}  // namespace cpefleet::provision::test
