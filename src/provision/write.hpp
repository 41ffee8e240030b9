// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "datamodel/model.hpp"
#include "profile/profile.hpp"

namespace cpefleet::provision {

// A device's present configuration as a file: every setting of the profile that has a value, P-values by number, names by
// alphabet. Left out: what reads as empty in CWMP (passwords), what is not there in this firmware or has no row, what no
// file can carry. Settings without a parameter have their default, when there is one. Text is joined by `&`, escaped as a
// form, with the trailer. `mac`: the device's; only XML says it. Thread: the shard.
[[nodiscard]] std::string write(profile::ConfigForm form, const profile::Profile& profile,
                                const datamodel::Model& model, std::string_view mac);

}  // namespace cpefleet::provision
