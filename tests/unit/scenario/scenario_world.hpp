// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "datamodel/schema_builder.hpp"
#include "scenario/load.hpp"
#include "scenario/load_text.hpp"

// A world in memory: three profiles made by hand, files and variables from maps.
namespace cpefleet::scenario {

struct FakeWorld {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables;
  std::map<std::string, std::shared_ptr<const profile::Profile>, std::less<>> profiles;

  FakeWorld() {
    add("gxp2170", {"1.0.11.35", "1.0.11.106"});
    add("ht802", {"1.0.47.4"});
    add("dp750", {"1.0.19.2"});
  }
  void add(const std::string& name, const std::vector<std::string>& firmware) {
    auto profile = std::make_shared<profile::Profile>();
    profile->name = name;
    profile->identity = {"Grandstream", "000B82", name, "{mac:lower}", name, "V1"};
    datamodel::SchemaBuilder model;
    datamodel::Node enable;
    enable.kind = datamodel::NodeKind::parameter;
    enable.type = datamodel::Type::boolean;
    static_cast<void>(model.add("Device.ManagementServer.PeriodicInformEnable", enable));
    for (const std::string& version : firmware) {
      profile->firmware.emplace_back().version = version;
      profile->firmware.back().schema = model.build().value();
    }
    profile->default_firmware = firmware.size() - 1;
    profiles[name] = profile;
  }
  [[nodiscard]] World world() const {
    World world;
    world.read_file = [this](const std::string& path) { return find(files, path); };
    world.environment = [this](const std::string& name) { return find(variables, name); };
    world.find_profile = [this](std::string_view name, Diagnostics&) -> std::shared_ptr<const profile::Profile> {
      const auto found = profiles.find(name);
      return found == profiles.end() ? nullptr : found->second;
    };
    for (const auto& [name, profile] : profiles) world.profile_names.push_back(name);
    return world;
  }

 private:
  [[nodiscard]] static std::optional<std::string> find(const std::map<std::string, std::string>& all,
                                                       const std::string& name) {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional<std::string>(found->second);
  }
};

// What loading a text gave.
struct Loaded {
  Diagnostics diagnostics;
  std::shared_ptr<const Plan> plan;

  explicit Loaded(std::string_view text, const FakeWorld& fake = {}, const Overrides& overrides = {}) {
    plan = load_text(text, "dir/s.yaml", fake.world(), overrides, diagnostics);
  }
  // Whether there is this mistake, at this line (and column when given).
  [[nodiscard]] bool says(std::string_view part, int line = 0, int column = 0) const {
    return std::any_of(diagnostics.list().begin(), diagnostics.list().end(), [&](const Diagnostic& d) {
      return d.message.find(part) != std::string::npos && (line == 0 || d.where.line == line) &&
             (column == 0 || d.where.column == column);
    });
  }
  [[nodiscard]] std::string text() const { return diagnostics.text(); }
  [[nodiscard]] bool warns(std::string_view part) const {
    return plan && std::any_of(plan->warnings.begin(), plan->warnings.end(),
                               [&](const std::string& w) { return w.find(part) != std::string::npos; });
  }
};

constexpr std::string_view kFleet =
    "version: 1\n"
    "fleet:\n"
    "  - { group: desks, profile: gxp2170, count: 100 }\n"
    "  - { group: atas, profile: ht802, count: 50 }\n";
constexpr std::string_view kPhases =
    "phases:\n"
    "  - { name: boot, do: boot, arrivals: { once: { rate: 10/s } } }\n";

// The fleet above with these phases.
inline std::string with_phases(std::string_view phases) {
  return std::string(kFleet) + "phases:\n" + std::string(phases);
}
// The phase above with this fleet (a list of groups) and whatever else.
inline std::string with_fleet(std::string_view fleet) {
  return "version: 1\nfleet:\n" + std::string(fleet) + std::string(kPhases);
}

}  // namespace cpefleet::scenario
