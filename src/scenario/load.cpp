// SPDX-License-Identifier: Apache-2.0
#include "scenario/load.hpp"

#include <array>

#include "scenario/load_text.hpp"
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

// A new section is a line here, a reader in its own file, and its keys in keys.cpp. In the order of reading: what a
// section refers to comes before it, wherever it stands in the file.
struct Section {
  std::string_view key;
  void (*read)(const yaml::Node&, Loading&);
  bool required = false;
};

void refuse_steps(const yaml::Node& node, Loading& loading) {
  loading.wrong(node.where(), "steps are not supported by this version");
}

constexpr std::array<Section, 5> kBeforeFleetIsWhole = {{
    {"acs", read_acs},
    {"pools", read_pools},
    {"fleet", read_fleet, true},
    {"device", refuse_steps},
    {"answers", refuse_steps},
}};
constexpr std::array<Section, 5> kAfter = {{
    {"phases", read_phases, true},
    {"steps", refuse_steps},
    {"thresholds", read_thresholds},
    {"limits", read_limits},
    {"connection_requests", read_connection_requests},
}};

template <std::size_t N>
void read_sections(const std::array<Section, N>& sections, yaml::MapReader& reader, const yaml::Node& root,
                   Loading& loading) {
  for (const Section& section : sections) {
    const yaml::Node* node = nullptr;
    if (section.read == refuse_steps) {
      reader.accept(section.key);
      node = root.find(section.key);
    } else {
      // A scenario of steps has no fleet and no phases; that it cannot run is said once.
      const bool steps = root.find("steps") != nullptr || root.find("device") != nullptr;
      node = section.required && !steps ? reader.required(section.key) : reader.optional(section.key);
    }
    if (node != nullptr) section.read(*node, loading);
  }
}

[[nodiscard]] std::string directory_of(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(file.substr(0, slash + 1));
}

[[nodiscard]] std::string stem_of(std::string_view file) {
  std::string_view name = file.substr(directory_of(file).size());
  return std::string(name.substr(0, name.rfind('.')));
}

void read_head(yaml::MapReader& reader, const std::string& file, Loading& loading) {
  const std::string version = reader.required_string("version");
  if (!version.empty() && version != "1")
    reader.wrong("version", "this program reads version 1, not `" + version + "`");
  Plan& plan = loading.plan;
  plan.name = reader.optional_string("name").value_or(stem_of(file));
  plan.seed = reader.optional_uint("seed").value_or(plan.seed);
  plan.strict = reader.optional_bool("strict").value_or(false);
  if (loading.overrides.seed) plan.seed = *loading.overrides.seed;
}

}  // namespace

std::string Loading::resolve(std::string_view path) const {
  return path.substr(0, 1) == "/" ? std::string(path) : directory + std::string(path);
}

std::vector<std::string_view> Loading::group_names() const {
  std::vector<std::string_view> names;
  for (const GroupDraft& draft : groups) names.push_back(draft.group->name);
  return names;
}

std::vector<std::string_view> Loading::phase_names() const { return {phases_named.begin(), phases_named.end()}; }

std::shared_ptr<const Plan> load_text(std::string_view text, const std::string& file, const World& world,
                                      const Overrides& overrides, Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.size();
  yaml::ParseOptions options;
  options.environment = [&world](const std::string& name) {
    return world.environment ? world.environment(name) : std::nullopt;
  };
  const std::optional<yaml::Node> root = yaml::parse(text, file, diagnostics, options);
  if (!root) return nullptr;
  if (root->is_null())
    diagnostics.add({file, 0, 0}, "the file is empty; a scenario needs `version`, `fleet` and `phases`");
  if (!root->is_map() && !root->is_null()) diagnostics.add(root->where(), "a scenario must be a map");
  if (!root->is_map()) return nullptr;

  Loading loading(world, overrides, diagnostics, directory_of(file));
  loading.plan.file = file;
  yaml::MapReader reader(*root, "a scenario", diagnostics, keys_of("scenario"));
  read_head(reader, file, loading);
  read_sections(kBeforeFleetIsWhole, reader, *root, loading);
  apply_acs_overrides(loading);
  finish_fleet(loading);
  read_sections(kAfter, reader, *root, loading);
  reader.finish();
  apply_connection_request_overrides(loading);
  if (overrides.in_flight) loading.plan.limits.in_flight = *overrides.in_flight;
  check_duplicates(loading);
  if (diagnostics.size() != before) return nullptr;
  find_surprises(loading);
  return std::make_shared<const Plan>(std::move(loading.plan));
}

std::shared_ptr<const Plan> load_scenario(const std::string& file, const World& world, const Overrides& overrides,
                                          Diagnostics& diagnostics) {
  const std::optional<std::string> text = world.read_file ? world.read_file(file) : std::nullopt;
  if (!text) {
    diagnostics.add({file, 0, 0}, "the file cannot be read");
    return nullptr;
  }
  return load_text(*text, file, world, overrides, diagnostics);
}

}  // namespace cpefleet::scenario
