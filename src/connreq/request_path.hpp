// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cpefleet::connreq {

// The path of a device's ConnectionRequestURL, `/<position>-<16 hex digits>`: unique per device and, for who does not
// know the run's secret, random (TR-069 3.2.2, C-1). It is computed both ways, nothing is kept per device.
// `position`: of the device in the whole fleet.
[[nodiscard]] std::string request_path(std::string_view secret, std::uint64_t position);
// Which device the target of a request names; empty for a path that request_path() does not give (404, C-10). Who asks
// knows how many devices there are.
[[nodiscard]] std::optional<std::uint64_t> position_of(std::string_view secret, std::string_view target);

// The path in the target of a request, `/path?query#fragment` or `http://host/path?query`: query and fragment count for
// nothing (C-2). "/" for a URL that ends with its host; "" for what is neither form.
[[nodiscard]] std::string_view path_of(std::string_view target);

}  // namespace cpefleet::connreq
