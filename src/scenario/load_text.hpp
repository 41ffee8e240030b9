// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenario/load.hpp"

namespace cpefleet::scenario {

// As load_scenario, of a text that is there already. `file` is what the diagnostics name, and what paths are seen from.
[[nodiscard]] std::shared_ptr<const Plan> load_text(std::string_view text, const std::string& file, const World& world,
                                                    const Overrides& overrides, Diagnostics& diagnostics);

}  // namespace cpefleet::scenario
