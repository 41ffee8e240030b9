// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "profile/files.hpp"
#include "profile/profile.hpp"
#include "scenario/plan.hpp"

namespace cpefleet::scenario {

// What a scenario file may refer to outside itself. Passed in, so that tests need no files and no environment.
struct World {
  std::function<std::optional<std::string>(const std::string& path)> read_file;
  std::function<std::optional<std::string>(const std::string& name)> environment;  // ${NAME:-default}
  // A profile by name or file name; null with a diagnostic when there is none or it has mistakes. Kept apart from
  // profile::Loader so that tests need no profile files; file_world() connects the two.
  std::function<std::shared_ptr<const profile::Profile>(std::string_view name, Diagnostics&)> find_profile;
  std::vector<std::string> profile_names;  // what could have been meant by an unknown name
};

// Files of this machine, these profiles, no environment. `loader` outlives the world.
inline World file_world(profile::Loader& loader) {
  World world;
  world.read_file = profile::read_file;
  world.environment = [](const std::string&) { return std::nullopt; };
  world.find_profile = [&loader](std::string_view name, Diagnostics& diagnostics) {
    return loader.load(name, diagnostics);
  };
  world.profile_names = loader.names();
  return world;
}

// Flags that stand over what the file says.
struct Overrides {
  std::optional<std::string> acs_url;
  std::optional<std::string> acs_username;
  std::optional<std::string> acs_password;
  std::optional<std::string> tls_ca;
  bool tls_insecure = false;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> in_flight;
  std::optional<std::string> listen;     // connection requests
  std::optional<std::string> advertise;  // of them
};

// Reads a whole scenario. Every mistake goes to `diagnostics`, none is thrown; null when there was one. Startup only.
[[nodiscard]] std::shared_ptr<const Plan> load_scenario(const std::string& file, const World& world,
                                                        const Overrides& overrides, Diagnostics& diagnostics);

// The flags form: `run --profile gxp2170 --count 1000 --rate 50/s --duration 5m`. Builds the same Plan: one group, one
// phase of `boot` sessions (every device at least once when the rate and time allow), no thresholds.
struct FlagsForm {
  std::string profile;
  std::string firmware;  // "" = the profile's default
  std::string count = "1";
  std::string rate;      // "" = once, as fast as 100/s
  std::string duration;  // "" = until every device had its turn
  bool start_known = false;
};
[[nodiscard]] std::shared_ptr<const Plan> plan_from_flags(const FlagsForm& flags, const World& world,
                                                          const Overrides& overrides, Diagnostics& diagnostics);

}  // namespace cpefleet::scenario
