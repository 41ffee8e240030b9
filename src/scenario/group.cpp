// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/text.hpp"
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

constexpr std::uint64_t kMaxDevices = 1u << 24;  // of one group: as many as an OUI has addresses

[[nodiscard]] bool is_file_name(std::string_view name) {
  return name.find('/') != std::string_view::npos || (name.size() > 5 && name.substr(name.size() - 5) == ".yaml");
}

[[nodiscard]] std::shared_ptr<const profile::Profile> load_profile(const std::string& name, const Location& where,
                                                                   Loading& loading) {
  const bool file = is_file_name(name);
  const std::string what = file ? loading.resolve(name) : name;
  if (const auto found = loading.profiles.find(what); found != loading.profiles.end()) return found->second;
  auto& profile = loading.profiles[what];  // a missing one is reported once, too
  const auto& names = loading.world.profile_names;
  if (!file && !names.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
    const std::vector<std::string_view> known(names.begin(), names.end());
    loading.wrong(where, "there is no profile `" + name + "`" + did_you_mean(name, known));
    return nullptr;
  }
  const std::size_t before = loading.diagnostics.size();
  if (loading.world.find_profile) profile = loading.world.find_profile(what, loading.diagnostics);
  if (!profile && loading.diagnostics.size() == before) {
    loading.wrong(where, "the profile `" + name + "` cannot be loaded");
  }
  return profile;
}

[[nodiscard]] const profile::Firmware* find_firmware(const profile::Profile& profile, const yaml::Node& where,
                                                     Loading& loading) {
  if (const auto* firmware = profile.find_firmware(where.text())) return firmware;
  std::vector<std::string_view> known;
  for (const auto& firmware : profile.firmware) known.push_back(firmware.version);
  loading.wrong(where.where(),
                fmt::format("{} has no firmware `{}` (known: {})", profile.name, where.text(), fmt::join(known, ", ")));
  return nullptr;
}

// `{ 1.0.11.106: 70%, 1.0.11.35: 30% }`
void read_shares(const yaml::Node& node, GroupDraft& draft, Loading& loading) {
  double sum = 0;
  bool all_read = node.size() > 0;
  for (const auto& [key, value] : node.entries()) {
    const profile::Firmware* firmware =
        draft.group->profile ? find_firmware(*draft.group->profile, key, loading) : nullptr;
    const std::string* text = yaml::scalar_text(value, "a share of firmware", loading.diagnostics);
    const Result<double> share = text == nullptr ? Result<double>(0.0) : parse_share(*text);
    if (!share) loading.wrong(value.where(), share.error().message());
    all_read = all_read && text != nullptr && share;
    if (!share) continue;
    sum += *share;
    if (firmware != nullptr && *share > 0) draft.group->firmware.push_back({firmware, *share});
  }
  if (node.size() == 0) loading.wrong(node.where(), "`firmware` names no version");
  if (all_read && std::abs(sum - 1) > 1e-6) {
    loading.wrong(node.where(), fmt::format("the shares of firmware add up to {:g}%, not to 100%", sum * 100));
  }
}

void read_firmware(yaml::MapReader& reader, GroupDraft& draft, Loading& loading) {
  const auto& profile = draft.group->profile;
  const yaml::Node* node = reader.optional("firmware");
  if (node == nullptr) {
    if (profile) draft.group->firmware.push_back({&profile->firmware[profile->default_firmware], 1});
    return;
  }
  if (node->is_map()) return read_shares(*node, draft, loading);
  if (!node->is_scalar()) {
    return reader.wrong("firmware",
                        "must be a version, or a map of versions to shares such as { 1.0.1: 70%, 1.0.2: 30% }");
  }
  const profile::Firmware* firmware = profile ? find_firmware(*profile, *node, loading) : nullptr;
  if (firmware != nullptr) draft.group->firmware.push_back({firmware, 1});
}

[[nodiscard]] std::shared_ptr<const fleet::CsvTable> load_table(yaml::MapReader& reader, const std::string& name,
                                                                Loading& loading) {
  const std::string path = loading.resolve(name);
  if (const auto found = loading.tables.find(path); found != loading.tables.end()) return found->second;
  auto& table = loading.tables[path];
  std::optional<std::string> text = loading.world.read_file ? loading.world.read_file(path) : std::nullopt;
  if (!text) {
    reader.wrong("csv", "the file " + path + " cannot be read");
    return nullptr;
  }
  Result<fleet::CsvTable> parsed = fleet::CsvTable::parse(*text, path);
  if (!parsed) {
    reader.wrong("csv", parsed.error().message());
  } else if (parsed->rows() == 0) {
    reader.wrong("csv", path + " has no rows");
  } else {
    table = std::make_shared<const fleet::CsvTable>(std::move(*parsed));
  }
  return table;
}

void read_identity(const yaml::Node& node, GroupDraft& draft, Loading& loading) {
  yaml::MapReader reader(node, "`identity`", loading.diagnostics, keys_of("identity"));
  for (const std::string_view name : fleet::identity_names()) {
    const auto text = reader.optional_string(name);
    if (!text) continue;
    Result<Template> compiled = Template::compile(*text);
    if (!compiled) {
      reader.wrong(name, compiled.error().message());
      continue;
    }
    draft.identity_where.emplace(std::string(name), node.find(name)->where());
    draft.group->identity.emplace(std::string(name), std::move(*compiled));
  }
  if (const auto csv = reader.optional_string("csv")) draft.group->csv = load_table(reader, *csv, loading);
  reader.finish();
}

void read_count(yaml::MapReader& reader, bool names_csv, GroupDraft& draft) {
  const auto& csv = draft.group->csv;
  std::optional<std::uint64_t> count;
  if (reader.has("count")) {
    count = reader.optional_count("count");
  } else if (csv) {
    count = csv->rows();
  } else if (!names_csv) {  // one that could not be read was reported
    (void)reader.required("count");
  }
  if (!count) return;
  if (*count == 0 || *count > kMaxDevices) {
    return reader.wrong("count", fmt::format("must be from 1 to {}", format_count(kMaxDevices)));
  }
  if (csv && *count > csv->rows()) {
    return reader.wrong(
        "count", fmt::format("{} devices, but the CSV has {} rows", format_count(*count), format_count(csv->rows())));
  }
  draft.group->count = static_cast<std::uint32_t>(*count);
}

[[nodiscard]] std::string read_name(yaml::MapReader& reader, const Loading& loading) {
  std::string name = reader.required_string("group");
  if (name.empty()) return name;
  if (name == "all") reader.wrong("group", "`all` means all groups, a group needs another name");
  if (!is_plain_name(name)) reader.wrong("group", "a name is made of letters, digits, `_`, `-` and `.`");
  const auto names = loading.group_names();
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    reader.wrong("group", "there is a group `" + name + "` already");
  }
  return name;
}

}  // namespace

GroupDraft read_group(const yaml::Node& node, Loading& loading) {
  const std::size_t before = loading.diagnostics.size();
  GroupDraft draft;
  draft.where = node.where();
  draft.group = std::make_shared<fleet::Group>();
  yaml::MapReader reader(node, "a group", loading.diagnostics, keys_of("group"));
  draft.group->name = read_name(reader, loading);
  const std::string profile = reader.required_string("profile");
  if (!profile.empty()) draft.group->profile = load_profile(profile, node.find("profile")->where(), loading);
  read_firmware(reader, draft, loading);
  const yaml::Node* identity = reader.optional("identity");
  if (identity != nullptr) read_identity(*identity, draft, loading);
  read_count(reader, identity != nullptr && identity->find("csv") != nullptr, draft);
  draft.group->start_known = reader.optional_choice("start", kStartWords).value_or(0) == 1;
  if (const yaml::Node* pace = reader.optional("pace")) draft.pace = read_pace(*pace, loading);
  if (const yaml::Node* transfers = reader.optional("transfers"))
    read_transfers(*transfers, draft.group->files, loading);
  if (const yaml::Node* provisioning = reader.optional("provisioning"))
    read_provisioning(*provisioning, draft.group->profile.get(), draft.group->files, loading);
  draft.group->own_timers = reader.optional_bool("own_timers").value_or(true);
  reader.finish();
  draft.sound = loading.diagnostics.size() == before && draft.group->profile != nullptr;
  return draft;
}

}  // namespace cpefleet::scenario
