// SPDX-License-Identifier: Apache-2.0
#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <span>

#include "base/text.hpp"

namespace cpefleet {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// From large to small: a duration's parts must come in this order.
constexpr std::array<Unit, 8> kTimeUnits{
    {{"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"µs", 1e3}, {"ns", 1}}};
constexpr std::array<Unit, 5> kPerUnits{{{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}}};
constexpr std::array<Unit, 15> kByteUnits{{{"", 1},
                                           {"b", 1},
                                           {"k", 1e3},
                                           {"kb", 1e3},
                                           {"m", 1e6},
                                           {"mb", 1e6},
                                           {"g", 1e9},
                                           {"gb", 1e9},
                                           {"t", 1e12},
                                           {"tb", 1e12},
                                           {"kib", 1024},
                                           {"mib", 1048576},
                                           {"gib", 1073741824},
                                           {"tib", 1099511627776},
                                           {"bytes", 1}}};
constexpr std::array<Unit, 5> kCountUnits{{{"", 1}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}}};

std::optional<std::size_t> find_unit(std::span<const Unit> units, std::string_view name) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i].name == name) return i;
  }
  return std::nullopt;
}

// Takes digits with at most one decimal point off the front; no sign, no exponent.
std::optional<double> take_decimal(std::string_view& text) {
  std::size_t end = 0;
  bool point = false;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || (text[end] == '.' && !point)))
    point |= text[end++] == '.';
  const auto digits = text.substr(0, end);
  if (digits.empty() || digits.front() == '.' || digits.back() == '.') return std::nullopt;
  text.remove_prefix(end);
  return parse_double(digits);
}

tl::unexpected<Error> expected(std::string_view what, std::string_view text) {
  return failure(fmt::format("expected {}, found \"{}\"", what, text));
}

Result<std::uint64_t> parse_whole_amount(std::string_view text, std::span<const Unit> units, bool ignore_case,
                                         std::string_view what) {
  auto rest = trim(text);
  const auto number = take_decimal(rest);
  const auto name = ignore_case ? to_lower(trim(rest)) : std::string(trim(rest));
  const auto unit = find_unit(units, name);
  if (!number || !unit) return expected(what, text);
  const double amount = *number * units[*unit].factor;
  if (amount > 9e15) return failure(fmt::format("\"{}\" is too large", text));  // beyond, doubles skip whole numbers
  const double whole = std::round(amount);
  if (std::abs(amount - whole) > 1e-6) return failure(fmt::format("\"{}\" is not a whole number", text));
  return static_cast<std::uint64_t>(whole);
}

// Three significant digits, no trailing zeros.
std::string three_digits(double value) {
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  auto out = fmt::format("{:.{}f}", value, decimals);
  if (out.find('.') != std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
  }
  return out;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  constexpr std::string_view kWhat = "a duration such as 40ms, 30s, 5m or 1h30m";
  auto rest = trim(text);
  if (rest == "0") return Duration{0};
  if (rest.empty()) return expected(kWhat, text);
  double total = 0;
  double last_factor = 1e300;
  while (!rest.empty()) {
    const auto number = take_decimal(rest);
    if (!number) return expected(kWhat, text);
    const auto name = rest.substr(0, std::min(rest.find_first_of("0123456789."), rest.size()));
    const auto unit = find_unit(kTimeUnits, name);
    if (!unit && name.empty()) return failure(fmt::format("\"{}\" has no unit: write {}s or {}ms", text, text, text));
    if (!unit || kTimeUnits[*unit].factor >= last_factor) return expected(kWhat, text);
    last_factor = kTimeUnits[*unit].factor;
    total += *number * last_factor;
    rest.remove_prefix(name.size());
  }
  if (total > 9.2e18) return failure(fmt::format("\"{}\" is too long", text));
  return Duration{static_cast<std::int64_t>(std::llround(total))};
}

Result<Rate> parse_rate(std::string_view text) {
  constexpr std::string_view kWhat = "a rate such as 50/s, 300/m or 2/h";
  auto rest = trim(text);
  const auto number = take_decimal(rest);
  if (!number) return expected(kWhat, text);
  const auto slash = rest.find('/');
  const auto scale = find_unit(kCountUnits, trim(rest.substr(0, slash)));
  if (slash == std::string_view::npos || !scale) return expected(kWhat, text);
  const auto per = find_unit(kPerUnits, trim(rest.substr(slash + 1)));
  if (!per) return expected(kWhat, text);
  return Rate{*number * kCountUnits[*scale].factor / kPerUnits[*per].factor};
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  return parse_whole_amount(text, kByteUnits, true, "a size such as 10MB or 4KiB");
}

Result<std::uint64_t> parse_count(std::string_view text) {
  return parse_whole_amount(text, kCountUnits, false, "a count such as 500, 100k or 1M");
}

Result<double> parse_share(std::string_view text) {
  auto rest = trim(text);
  const auto number = take_decimal(rest);
  rest = trim(rest);
  if (!number || (!rest.empty() && rest != "%")) return expected("a share such as 70% or 0.7", text);
  const double share = rest.empty() ? *number : *number / 100;
  if (share > 1) {
    return failure(rest.empty() ? fmt::format("the share \"{}\" is more than 1: did you mean {}%?", text, text)
                                : fmt::format("the share \"{}\" is more than 100%", text));
  }
  return share;
}

std::string format_duration(Duration d) {
  const auto ns = d.count();
  if (ns < 0) return ns == std::numeric_limits<std::int64_t>::min() ? "-∞" : "-" + format_duration(-d);
  const auto value = static_cast<double>(ns);
  // The bounds lie where rounding to three digits would reach the next unit.
  if (ns < 1000) return ns == 0 ? "0s" : fmt::format("{}ns", ns);
  if (value < 999.5e3) return three_digits(value / 1e3) + "µs";
  if (value < 999.5e6) return three_digits(value / 1e6) + "ms";
  if (value < 59.95e9) return three_digits(value / 1e9) + "s";
  const auto seconds = static_cast<std::int64_t>(std::llround(value / 1e9));
  std::string out;
  if (seconds >= 3600) out += fmt::format("{}h", seconds / 3600);
  if (seconds / 60 % 60 != 0) out += fmt::format("{}m", seconds / 60 % 60);
  if (seconds % 60 != 0) out += fmt::format("{}s", seconds % 60);
  return out;
}

std::string format_rate(Rate r) {
  const double rate = r.per_second;
  if (rate >= 1000) return format_count(static_cast<std::uint64_t>(std::llround(rate))) + "/s";
  if (rate >= 1 || rate <= 0) return three_digits(rate) + "/s";
  if (rate * 60 >= 1) return three_digits(rate * 60) + "/m";
  return three_digits(rate * 3600) + "/h";
}

std::string format_bytes(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) return fmt::format("{}B", bytes);
  if (value < 999.5e3) return three_digits(value / 1e3) + "KB";
  if (value < 999.5e6) return three_digits(value / 1e6) + "MB";
  if (value < 999.5e9) return three_digits(value / 1e9) + "GB";
  return three_digits(value / 1e12) + "TB";
}

std::string format_count(std::uint64_t n) {
  auto out = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3)
    out.insert(static_cast<std::size_t>(at), 1, ',');
  return out;
}

}  // namespace cpefleet
