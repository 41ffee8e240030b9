// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"

namespace cpefleet::profile {

// A CSV file (RFC 4180) with a header line, for the tables that ship with the profiles. Lines that begin with '#', quoted
// or not, before the header are comments. Startup only.
class Csv {
 public:
  // Rows with another number of cells than the header, quotes left open and missing columns are reported.
  [[nodiscard]] static Csv parse(std::string_view text, const std::string& file,
                                 const std::vector<std::string_view>& required, Diagnostics& diagnostics);

  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  // "" for a column there is not.
  [[nodiscard]] std::string_view cell(std::size_t row, std::string_view column) const;
  [[nodiscard]] Location where(std::size_t row) const { return {file_, rows_[row].line, 1}; }

 private:
  struct Row {
    int line = 0;
    std::vector<std::string> cells;
  };
  std::string file_;
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

}  // namespace cpefleet::profile
