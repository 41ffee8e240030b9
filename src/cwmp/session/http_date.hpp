// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace cpefleet::cwmp {

// A date of HTTP in any of its spellings: RFC 1123, RFC 850, asctime, Netscape's with dashes. Read as RFC 6265 5.1.1
// says: by what the parts look like, not by where they stand. Empty when it is no date.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace cpefleet::cwmp
