// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace cpefleet::report {

// JSON for people and diffs: indented, numbers as one would write them, arrays without objects on one line.
[[nodiscard]] std::string pretty_json(const boost::json::value& value);

}  // namespace cpefleet::report
