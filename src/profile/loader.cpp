// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"
#include "profile/compiler.hpp"
#include "profile/versions.hpp"

namespace cpefleet::profile {

const Firmware* Profile::find_firmware(std::string_view version) const {
  const auto found =
      std::find_if(firmware.begin(), firmware.end(), [&](const Firmware& f) { return f.version == version; });
  return found == firmware.end() ? nullptr : &*found;
}

const Firmware& Profile::nearest_firmware(std::string_view version) const {
  const Firmware* best = nullptr;
  const Firmware* oldest = &firmware.front();
  for (const auto& candidate : firmware) {
    if (older(candidate.version, oldest->version)) oldest = &candidate;
    if (older(version, candidate.version)) continue;
    if (best == nullptr || older(best->version, candidate.version)) best = &candidate;
  }
  return best == nullptr ? *oldest : *best;
}

bool Profile::has_quirk(std::string_view id) const {
  return std::any_of(quirks.begin(), quirks.end(), [&](const QuirkUse& use) { return use.id == id; });
}

Loader::Loader(std::vector<std::string> directories) : directories_(std::move(directories)) {}

std::shared_ptr<const Profile> Loader::load(std::string_view name_or_file, Diagnostics& diagnostics) {
  const SearchPath search(directories_);
  const auto file = search.profile_file(name_or_file, {});
  if (!file) {
    const auto known = search.names();
    const std::vector<std::string_view> words(known.begin(), known.end());
    diagnostics.add({std::string(name_or_file), 0, 0},
                    fmt::format("no such profile{}", did_you_mean(name_or_file, words)));
    return nullptr;
  }
  if (const auto found = cache_.find(*file); found != cache_.end()) return found->second;
  auto profile = Compiler(search.beside(*file), diagnostics).compile(*file);
  if (profile) cache_.emplace(*file, profile);
  return profile;
}

std::vector<std::string> Loader::names() const { return SearchPath(directories_).names(); }

}  // namespace cpefleet::profile
