// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "datamodel/model.hpp"
#include "profile/profile.hpp"
#include "provision/config_file.hpp"

namespace cpefleet::provision {

constexpr std::size_t kMaxListed = 16;  // of what went by, by name; all of it is counted

// What a file did to a device. Keys that come more than once count once.
struct Applied {
  std::vector<std::string> changed;  // paths of the parameters that have another value now, in the order of the file
  std::uint8_t notification = 0;     // the highest of theirs: 1 waits for the next session, 2 asks for one now
  std::size_t unchanged = 0;         // settings that were so already
  std::vector<Entry> elsewhere;      // settings the profile knows, without a parameter: P1409, the client's switch
  std::size_t unknown = 0;           // settings the profile does not know
  std::vector<std::string> unknown_keys;
  std::size_t refused = 0;               // values their parameter cannot have
  std::vector<std::string> refused_why;  // "P4507 in line 3: no unsignedInt"; never a value, which may be a password

  [[nodiscard]] bool has_changed(std::string_view path) const;
};

// Does to a device what its configuration file says. These are the device's own changes: what CWMP cannot write is
// written too, and notification applies as Model::change() has it. The rest is applied when single settings are unknown
// or refused. A setting that reads now as the file has it changes nothing, also where the parameters that share it are
// apart. `mac`: the device's; a file for another one is refused as a whole, and is the only failure. Thread: the shard.
[[nodiscard]] Result<Applied> apply(const ConfigFile& file, const profile::Profile& profile, datamodel::Model& model,
                                    std::string_view mac);

}  // namespace cpefleet::provision
