// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "scenario/plan.hpp"

namespace cpefleet::engine {

// One draw of a pause: constant, or log-normal through median and 99th percentile.
[[nodiscard]] Duration draw_pause(const scenario::Pause& pause, std::uint64_t random);

// How long the device itself takes before `message` ("GetParameterValuesResponse", "Inform", "" for the empty POST) of
// `bytes` is on the wire: link round trip, thinking before an answer, bandwidth.
[[nodiscard]] Duration pause_before(const scenario::Pace& pace, std::string_view message, std::size_t bytes,
                                    std::uint64_t random);

}  // namespace cpefleet::engine
