// SPDX-License-Identifier: Apache-2.0
#include "connreq/request_path.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace cpefleet::connreq {

std::string request_path(std::string_view secret, std::uint64_t position) {
  const std::string number = std::to_string(position);
  return "/" + number + "-" + hmac_sha1_hex(secret, "path:" + number).substr(0, 16);
}

std::optional<std::uint64_t> position_of(std::string_view secret, std::string_view target) {
  const std::string_view path = path_of(target);
  const std::size_t dash = path.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto position = parse_uint(path.substr(1, dash - 1));
  // Compared as a whole: 007 is no way to write 7.
  if (!position || !equal_in_constant_time(path, request_path(secret, *position))) return std::nullopt;
  return position;
}

std::string_view path_of(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (equal_ignoring_case(target.substr(0, kScheme.size()), kScheme)) {
    const std::size_t end = target.find_first_of("/?#", kScheme.size());
    if (end == std::string_view::npos || target[end] != '/') return "/";
    target.remove_prefix(end);
  }
  if (!target.starts_with('/')) return {};
  return target.substr(0, target.find_first_of("?#"));
}

}  // namespace cpefleet::connreq
