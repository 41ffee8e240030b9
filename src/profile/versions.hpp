// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// Firmware versions, "1.0.11.106".
namespace cpefleet::profile {

// By their numbers, one after the other; what stands between them does not count.
[[nodiscard]] bool older(std::string_view a, std::string_view b);
// The first part of a text that is four numbers with dots between; "" when there is none.
[[nodiscard]] std::string_view find_version(std::string_view text);

}  // namespace cpefleet::profile
