// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "report/results.hpp"

// results.json: all of the summary for machines, every metric with its percentiles by phase, group and tag, and the raw
// buckets of the histograms, so that runs can be rendered, compared and merged later. Keys keep their order; times are
// in milliseconds; new keys may be added, the meaning of those that exist does not change within a format version.
namespace cpefleet::report {

[[nodiscard]] std::string results_json(const RunResults& results);
// What results_json wrote, read back. Unknown keys and metrics (of a newer version) are left out; an error names the key.
[[nodiscard]] Result<RunResults> parse_results(std::string_view json);

}  // namespace cpefleet::report
