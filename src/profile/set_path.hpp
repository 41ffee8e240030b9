// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "datamodel/schema.hpp"

namespace cpefleet::profile {

// A path of a profile file: like an actual one, but at tables a number, a range `{1..6}`, or `{i}` for any row.
struct SetPath {
  struct Rows {
    datamodel::Instance first = 0;  // 0: any
    datamodel::Instance last = 0;
  };
  std::string schema_path;  // "{i}" at tables
  std::vector<Rows> rows;   // one for each table on the way

  [[nodiscard]] static Result<SetPath> parse(std::string_view text);
  // Whether any row is named.
  [[nodiscard]] bool names_rows() const;
  // Every combination of the first `places` rows, 0 where any will do.
  void for_each(std::size_t places, const std::function<void(const datamodel::Instances&)>& visit) const;
  // The path of the table that has the row at `place`: "Device.Services.VoiceService.{i}."
  [[nodiscard]] std::string table_at(std::size_t place) const;
};

}  // namespace cpefleet::profile
