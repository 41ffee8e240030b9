// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cpefleet {

// An absolute http or https URL, taken apart. User information is refused (P-81); a fragment is dropped.
struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case, IPv6 without brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, at least "/"

  [[nodiscard]] bool tls() const { return scheme == "https"; }
  [[nodiscard]] std::string origin() const;  // scheme://host:port, IPv6 in brackets, default port left out
  [[nodiscard]] std::string text() const { return origin() + target; }
  [[nodiscard]] std::string_view path() const;  // target without the query
  friend bool operator==(const Url&, const Url&) = default;
};

[[nodiscard]] Result<Url> parse_url(std::string_view text);
// RFC 3986 reference resolution: what a Location header names.
[[nodiscard]] Result<Url> resolve_url(const Url& base, std::string_view reference);

}  // namespace cpefleet
