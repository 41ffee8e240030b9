// SPDX-License-Identifier: Apache-2.0
#include "profile/versions.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cpefleet::profile {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::vector<std::uint64_t> numbers(std::string_view version) {
  std::vector<std::uint64_t> out;
  bool within = false;
  for (const char c : version) {
    if (is_digit(c) && !within) out.push_back(0);
    within = is_digit(c);
    if (within) out.back() = out.back() * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return out;
}

}  // namespace

bool older(std::string_view a, std::string_view b) { return numbers(a) < numbers(b); }

std::string_view find_version(std::string_view text) {
  constexpr std::size_t kNumbers = 4;
  constexpr std::size_t kDigits = 5;
  for (std::size_t from = 0; from < text.size(); ++from) {
    if (!is_digit(text[from]) || (from > 0 && (is_digit(text[from - 1]) || text[from - 1] == '.'))) continue;
    std::size_t at = from;
    std::size_t count = 0;
    for (;;) {
      const std::size_t begin = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      if (at == begin || at - begin > kDigits) break;
      ++count;
      if (at + 1 >= text.size() || text[at] != '.' || !is_digit(text[at + 1])) break;
      if (count == kNumbers) {
        count = 0;  // five numbers are something else
        break;
      }
      ++at;
    }
    if (count == kNumbers) return text.substr(from, at - from);
  }
  return {};
}

}  // namespace cpefleet::profile
