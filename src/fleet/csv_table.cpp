// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "fleet/group.hpp"

namespace cpefleet::fleet {
namespace {

// Splits a text into records after RFC 4180; LF alone ends a line too.
class CsvReader {
 public:
  CsvReader(std::string_view text, std::string_view file) : text_(text), file_(file) {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") at_ = 3;
  }

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] tl::unexpected<Error> error(std::string_view message) const {
    return failure(fmt::format("{}:{}: {}", file_, record_line_, message));
  }

  // Calls cell(text) for each cell of the next record and says how many there were: none in a blank line.
  template <class Cell>
  [[nodiscard]] Result<std::size_t> record(Cell&& cell) {
    record_line_ = line_;
    std::size_t cells = 0;
    for (;;) {
      if (Result<void> read = next_cell(); !read) return tl::unexpected<Error>(read.error());
      const bool end = done() || text_[at_] != ',';
      if (end && cells == 0 && cell_.empty() && !was_quoted_) {
        skip_line_end();
        return 0;  // a blank line
      }
      cell(cell_);
      ++cells;
      if (end) break;
      ++at_;
    }
    skip_line_end();
    return cells;
  }

 private:
  void skip_line_end() {
    if (!done() && text_[at_] == '\r') ++at_;
    if (!done() && text_[at_] == '\n') ++at_;
    ++line_;
  }
  [[nodiscard]] Result<void> next_cell() {
    cell_.clear();
    was_quoted_ = !done() && text_[at_] == '"';
    if (!was_quoted_) {
      const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      cell_ = text_.substr(at_, end - at_);
      at_ = end;
      if (cell_.find('"') != std::string::npos) return error("a quote inside a cell that is not quoted");
      if (!done() && text_[at_] == '\r' && (at_ + 1 < text_.size() && text_[at_ + 1] != '\n')) {
        return error("a carriage return without a line feed");
      }
      return {};
    }
    for (++at_;; ++at_) {
      if (done()) return error("a quoted cell that does not end");
      if (text_[at_] == '"') {
        if (++at_ >= text_.size() || text_[at_] != '"') break;  // "" is a quote
      }
      if (text_[at_] == '\n') ++line_;
      cell_ += text_[at_];
    }
    if (!done() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n') {
      return error("text behind the closing quote of a cell");
    }
    return {};
  }

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t record_line_ = 1;
  std::string cell_;
  bool was_quoted_ = false;
};

}  // namespace

Result<CsvTable> CsvTable::parse(const std::string& text, std::string_view file) {
  CsvTable table;
  CsvReader reader(text, file);
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) return reader.error("larger than 4 GiB");
  while (!reader.done() && table.columns_.empty()) {
    const auto cells = reader.record([&](const std::string& cell) { table.columns_.push_back(cell); });
    if (!cells) return tl::unexpected<Error>(cells.error());
  }
  if (table.columns_.empty()) return reader.error("no header line with the names of the columns");
  for (std::size_t i = 0; i < table.columns_.size(); ++i) {
    const std::string& name = table.columns_[i];
    if (name.empty()) return reader.error(fmt::format("column {} has no name", i + 1));
    if (*table.column(name) != i) return reader.error(fmt::format("two columns are named `{}`", name));
  }
  while (!reader.done()) {
    const auto cells = reader.record([&](const std::string& cell) {
      table.cells_ += cell;
      table.ends_.push_back(static_cast<std::uint32_t>(table.cells_.size()));
    });
    if (!cells) return tl::unexpected<Error>(cells.error());
    if (*cells != 0 && *cells != table.columns_.size()) {
      return reader.error(fmt::format("{} cells where the header has {} columns", *cells, table.columns_.size()));
    }
  }
  return table;
}

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

std::string_view CsvTable::cell(std::size_t row, std::size_t column) const {
  const std::size_t i = row * columns_.size() + column;
  if (column >= columns_.size() || i >= ends_.size()) return {};
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(cells_).substr(begin, ends_[i] - begin);
}

}  // namespace cpefleet::fleet
