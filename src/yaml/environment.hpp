// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "yaml/node.hpp"

namespace cpefleet::yaml {

// Replaces `${NAME}` and `${NAME:-default}` (the default also when the variable is empty, as in a shell). Braces inside
// a default are balanced: `${URL:-http://{lan_ip}/}`. What a variable holds is not looked at again.
[[nodiscard]] Result<std::string> expand_environment(std::string_view text, const Environment& environment);

}  // namespace cpefleet::yaml
