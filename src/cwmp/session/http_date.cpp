// SPDX-License-Identifier: Apache-2.0
#include "cwmp/session/http_date.hpp"

#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace cpefleet::cwmp {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};

struct Parts {
  std::optional<std::chrono::seconds> time;
  std::optional<std::uint32_t> day;
  std::optional<std::uint32_t> month;
  std::optional<std::int32_t> year;
};

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t max) {
  const auto value = parse_uint(text);
  if (!value || *value > max) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

bool read_time(std::string_view token, Parts& parts) {
  const auto fields = split(token, ':');
  if (fields.size() != 3) return false;
  const auto h = number(fields[0], 23);
  const auto m = number(fields[1], 59);
  const auto s = number(fields[2], 60);
  if (!h || !m || !s) return false;
  parts.time = std::chrono::hours{*h} + std::chrono::minutes{*m} + std::chrono::seconds{*s};
  return true;
}

bool read_month(std::string_view token, Parts& parts) {
  if (token.size() < 3) return false;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (equal_ignoring_case(token.substr(0, 3), kMonths[i])) {
      parts.month = static_cast<std::uint32_t>(i + 1);
      return true;
    }
  }
  return false;
}

void read_token(std::string_view token, Parts& parts) {
  if (!parts.time && read_time(token, parts)) return;
  if (!parts.day && token.size() <= 2) {
    parts.day = number(token, 31);
    if (parts.day) return;
  }
  if (!parts.month && read_month(token, parts)) return;
  if (!parts.year && (token.size() == 2 || token.size() == 4)) {
    if (const auto year = number(token, 9999)) {
      const auto value = static_cast<std::int32_t>(*year);
      parts.year = token.size() == 4 ? value : value + (value < 70 ? 2000 : 1900);
    }
  }
}

bool is_delimiter(char c) { return c == ' ' || c == '\t' || c == ',' || c == '-' || c == ';'; }

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  Parts parts;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_delimiter(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_delimiter(text[end])) ++end;
    read_token(text.substr(at, end - at), parts);
    at = end;
  }
  if (!parts.time || !parts.day || !parts.month || !parts.year) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*parts.year}, std::chrono::month{*parts.month},
                                         std::chrono::day{*parts.day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + *parts.time;
}

}  // namespace cpefleet::cwmp
