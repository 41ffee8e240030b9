// SPDX-License-Identifier: Apache-2.0
#include "profile/set_path.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "base/text.hpp"

namespace cpefleet::profile {

using datamodel::Instance;
using datamodel::Instances;

namespace {

constexpr std::uint64_t kMaxRows = 1000;  // named by one range; a slip of the keyboard should not take all memory

std::optional<Instance> parse_instance(std::string_view text) {
  const auto number = parse_uint(text);
  if (!number || *number == 0 || *number > UINT16_MAX) return std::nullopt;
  return static_cast<Instance>(*number);
}

// "3", "{1..6}" or "{i}"; nothing when it is a name.
Result<std::optional<SetPath::Rows>> parse_rows(std::string_view segment) {
  if (segment == "{i}") return SetPath::Rows{};
  if (segment.starts_with('{') && segment.ends_with('}')) {
    const auto inside = segment.substr(1, segment.size() - 2);
    const auto dots = inside.find("..");
    const auto first = parse_instance(inside.substr(0, dots));
    const auto last = dots == std::string_view::npos ? std::nullopt : parse_instance(inside.substr(dots + 2));
    if (!first || !last || *first > *last)
      return failure(fmt::format("\"{}\" is no range of rows: write {{1..6}}, {{i}} for all, or a number", segment));
    if (*last - *first >= static_cast<int>(kMaxRows))
      return failure(fmt::format("\"{}\" is more than {} rows", segment, kMaxRows));
    return SetPath::Rows{*first, *last};
  }
  if (const auto number = parse_instance(segment)) return SetPath::Rows{*number, *number};
  return std::optional<SetPath::Rows>{};
}

// At the dots outside of braces: `{1..6}` has dots of its own.
std::vector<std::string_view> split_path(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') inside = true;
    if (text[i] == '}') inside = false;
    if (text[i] != '.' || inside) continue;
    out.push_back(text.substr(start, i - start));
    start = i + 1;
  }
  out.push_back(text.substr(start));
  return out;
}

}  // namespace

Result<SetPath> SetPath::parse(std::string_view text) {
  SetPath out;
  std::uint64_t combinations = 1;
  for (const auto segment : split_path(text)) {
    auto rows = parse_rows(segment);
    if (!rows) return tl::unexpected<Error>(rows.error());
    if (!out.schema_path.empty()) out.schema_path += '.';
    if (*rows) {
      out.rows.push_back(**rows);
      out.schema_path += "{i}";
      combinations *= (*rows)->last - (*rows)->first + 1U;
    } else {
      out.schema_path += segment;
    }
  }
  if (out.rows.size() > datamodel::kMaxDepth || combinations > kMaxRows)
    return failure(fmt::format("\"{}\" names more than {} rows", text, kMaxRows));
  return out;
}

bool SetPath::names_rows() const {
  return std::any_of(rows.begin(), rows.end(), [](const Rows& r) { return r.first != 0; });
}

void SetPath::for_each(std::size_t places, const std::function<void(const Instances&)>& visit) const {
  Instances at{};
  for (std::size_t i = 0; i < places; ++i) at[i] = rows[i].first;
  for (;;) {
    visit(at);
    std::size_t i = 0;  // counts up like an odometer
    while (i < places && at[i] == rows[i].last) {
      at[i] = rows[i].first;
      ++i;
    }
    if (i == places) return;
    ++at[i];
  }
}

std::string SetPath::table_at(std::size_t place) const {
  std::size_t end = 0;
  for (std::size_t i = 0; i <= place; ++i) end = schema_path.find("{i}", end) + 3;
  return schema_path.substr(0, end) + '.';
}

}  // namespace cpefleet::profile
