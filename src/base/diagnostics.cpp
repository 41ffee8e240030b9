// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostics.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace cpefleet {

std::string Diagnostics::text() const {
  auto sorted = list_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.where.file, a.where.line, a.where.column) < std::tie(b.where.file, b.where.line, b.where.column);
  });
  std::string out;
  for (const auto& d : sorted) {
    if (d.where.line > 0)
      out += fmt::format("{}:{}:{}: {}\n", d.where.file, d.where.line, d.where.column, d.message);
    else
      out += fmt::format("{}: {}\n", d.where.file, d.message);
  }
  return out;
}

}  // namespace cpefleet
