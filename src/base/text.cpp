// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <numeric>

namespace cpefleet {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <class T>
std::optional<T> parse_whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Edits (insert, delete, replace, swap neighbours) that make one word of the other, ignoring case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

// Takes `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits || !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(digits), is_digit))
    return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text[i] - '0');
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Fractions of a second as far as microseconds; further digits are dropped.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& text) {
  if (!take_char(text, '.')) return std::chrono::microseconds{0};
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::int64_t micros = 0;
  std::int64_t unit = 100'000;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), unit /= 10)
    micros += (text.front() - '0') * unit;
  return std::chrono::microseconds{micros};
}

// `Z`, `+hh:mm`, `-hh:mm` or nothing, up to the end of the text.
std::optional<std::chrono::minutes> take_zone(std::string_view text) {
  if (text.empty() || text == "Z") return std::chrono::minutes{0};
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take_char(text, '+') && !take_char(text, '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || !take_char(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || !text.empty() || *minutes > 59 || *hours * 60 + *minutes > 14 * 60) return std::nullopt;
  return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && is_digit(text[1])) text.remove_prefix(1);  // from_chars knows only '-'
  return parse_whole<std::int64_t>(text);
}

std::optional<std::uint64_t> parse_uint(std::string_view text) { return parse_whole<std::uint64_t>(text); }

std::optional<double> parse_double(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  const auto value = parse_whole<double>(text);
  if (!value || !std::isfinite(*value)) return std::nullopt;  // "inf" and "nan" are no quantities
  return value;
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto candidate : known) {
    const auto lengths = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
    if (lengths >= best_distance) continue;
    const auto distance = edit_distance(word, candidate);
    // Replacing every letter makes any word of any other: that is no likeness.
    if (distance < best_distance && distance < std::max(word.size(), candidate.size())) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t kShortList = 12;
  if (const auto near = nearest_word(word, known); !near.empty()) return fmt::format(" (did you mean \"{}\"?)", near);
  if (known.empty() || known.size() > kShortList) return {};
  return fmt::format(" (known: {})", fmt::join(known, ", "));
}

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 120;
  std::string out;
  for (const char c : trim(text)) {
    if (out.size() == longest) return out + "...";
    const auto byte = static_cast<unsigned char>(c);
    // Bytes beyond ASCII may be of any encoding, and a cut could halve one.
    out.push_back(byte < 0x20 || byte == 0x7f ? ' ' : byte > 0x7f ? '?' : c);
  }
  return out;
}

std::size_t count_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < utf8.size(); ++count) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    std::size_t size = 1;
    if (lead >= 0xc2 && lead <= 0xdf) size = 2;
    if (lead >= 0xe0 && lead <= 0xef) size = 3;
    if (lead >= 0xf0 && lead <= 0xf4) size = 4;
    for (std::size_t j = 1; j < size; ++j) {
      if (i + j >= utf8.size() || (static_cast<unsigned char>(utf8[i + j]) & 0xc0U) != 0x80U) size = 1;
    }
    i += size;
  }
  return count;
}

std::string format_utc(WallTime t, bool micros) {
  using namespace std::chrono;
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const auto in_day = t - day;
  const auto seconds_of_day = duration_cast<seconds>(in_day).count();
  auto out = fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"), static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), seconds_of_day / 3600,
                         seconds_of_day / 60 % 60, seconds_of_day % 60);
  if (micros) out += fmt::format(".{:06}", in_day.count() % 1'000'000);
  out += 'Z';
  return out;
}

std::optional<WallTime> parse_date_time(std::string_view text) {
  using namespace std::chrono;
  text = trim(text);
  const auto year_number = take_number(text, 4);
  if (!year_number || !take_char(text, '-')) return std::nullopt;
  const auto month_number = take_number(text, 2);
  if (!month_number || !take_char(text, '-')) return std::nullopt;
  const auto day_number = take_number(text, 2);
  if (!day_number || !take_char(text, 'T')) return std::nullopt;
  const year_month_day date{year{*year_number}, month{static_cast<unsigned>(*month_number)},
                            day{static_cast<unsigned>(*day_number)}};
  const auto hour = take_number(text, 2);
  if (!date.ok() || !hour || !take_char(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take_char(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  const auto zone = take_zone(text);
  if (!fraction || !zone || *minute > 59 || *second > 59) return std::nullopt;
  const bool midnight_as_24 = *hour == 24 && *minute == 0 && *second == 0 && fraction->count() == 0;
  if (*hour > 23 && !midnight_as_24) return std::nullopt;
  return WallTime{sys_days{date}} + hours{*hour} + minutes{*minute} + seconds{*second} + *fraction - *zone;
}

}  // namespace cpefleet
