// SPDX-License-Identifier: Apache-2.0
#include "report/progress.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"

namespace cpefleet::report {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kPhaseColumns = 14;

// 9999, 98.7k, 1.23M: five characters at most.
std::string compact(std::uint64_t n) {
  if (n < 10'000) return std::to_string(n);
  auto value = static_cast<double>(n);
  std::size_t unit = 0;
  constexpr std::string_view kUnits = " kMGTPE";
  while (value >= 999.5) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.3g}{}", value, kUnits[unit]);
}

std::string clipped(std::string_view text) {
  std::size_t end = 0;
  std::size_t characters = 0;
  while (end < text.size() && characters < kPhaseColumns) {
    do ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U);
    ++characters;
  }
  return end == text.size() ? std::string(text) : std::string(text.substr(0, end)) + "…";
}

}  // namespace

std::string progress_line(const Progress& progress) {
  auto where = format_duration(std::chrono::floor<std::chrono::seconds>(progress.elapsed));
  if (!progress.phase.empty()) where += " " + clipped(progress.phase);
  if (progress.phase_done) where += fmt::format(" {:.0f}%", *progress.phase_done * 100);
  const double rate = std::clamp(progress.rate, 0.0, 1e12);

  // What a line that is too long can do without goes from the end of this list.
  struct Part {
    int place;
    std::string text;
  };
  std::vector<Part> parts{{0, where},
                          {3, compact(progress.in_flight) + " open"},
                          {4, compact(progress.done) + " done"},
                          {5, compact(progress.failed) + " failed"},
                          {6, compact(static_cast<std::uint64_t>(std::llround(rate))) + "/s"}};
  if (progress.p99 > Duration{}) parts.push_back({7, "p99 " + format_duration(progress.p99)});
  if (progress.backlog > 0) parts.push_back({8, compact(progress.backlog) + " wait"});
  if (progress.files > 0 || progress.file_bytes > 0)
    parts.push_back({9, fmt::format("{} files {}", compact(progress.files), format_bytes(progress.file_bytes))});
  parts.push_back({2, compact(progress.started) + " started"});
  parts.push_back({1, compact(progress.devices) + " dev"});

  for (;;) {
    auto shown = parts;
    std::sort(shown.begin(), shown.end(), [](const Part& a, const Part& b) { return a.place < b.place; });
    std::string out;
    for (const auto& part : shown) out += (out.empty() ? "" : ", ") + part.text;
    if (count_characters(out) <= kColumns || parts.size() == 1) return out;
    parts.pop_back();
  }
}

}  // namespace cpefleet::report
