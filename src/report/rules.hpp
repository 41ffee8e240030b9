// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace cpefleet::report {

// What a rule that findings are counted by asks for, in one short line: "H-6" -> "content comes with 200, ...". Empty
// when the rule is not known.
[[nodiscard]] std::string_view rule_text(std::string_view rule);

}  // namespace cpefleet::report
