// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "report/results.hpp"

namespace cpefleet::report {

// The end of a run in plain text, for people: at most 100 columns, sections without data left out.
[[nodiscard]] std::string summary(const RunResults& results);

}  // namespace cpefleet::report
