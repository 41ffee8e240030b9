// SPDX-License-Identifier: Apache-2.0
#include "profile/csv.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace cpefleet::profile {
namespace {

// Takes one record off the text; false when a quote is left open.
bool take_record(std::string_view& text, std::vector<std::string>& cells, int& lines) {
  cells.assign(1, {});
  bool quoted = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    lines += c == '\n' ? 1 : 0;
    if (quoted) {
      if (c != '"') {
        cells.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cells.back() += '"';
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      break;
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return !quoted;
}

}  // namespace

Csv Csv::parse(std::string_view text, const std::string& file, const std::vector<std::string_view>& required,
               Diagnostics& diagnostics) {
  Csv csv;
  csv.file_ = file;
  std::vector<std::string> cells;
  for (int line = 1; !text.empty();) {
    const int start = line;
    if (!take_record(text, cells, line)) {
      diagnostics.add({file, start, 1}, "a quote is left open");
      return csv;
    }
    const bool blank = cells.size() == 1 && cells.front().empty();
    if (csv.columns_.empty()) {
      if (!blank && !cells.front().starts_with('#')) csv.columns_ = std::move(cells);
    } else if (!blank && cells.size() != csv.columns_.size()) {
      diagnostics.add({file, start, 1}, fmt::format("{} cells, but {} columns", cells.size(), csv.columns_.size()));
    } else if (!blank) {
      csv.rows_.push_back({start, std::move(cells)});
    }
  }
  for (const auto column : required) {
    if (std::find(csv.columns_.begin(), csv.columns_.end(), column) == csv.columns_.end())
      diagnostics.add({file, 0, 0}, fmt::format("has no column \"{}\"", column));
  }
  return csv;
}

std::string_view Csv::cell(std::size_t row, std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  return found == columns_.end() ? std::string_view{}
                                 : rows_[row].cells[static_cast<std::size_t>(found - columns_.begin())];
}

}  // namespace cpefleet::profile
