// SPDX-License-Identifier: Apache-2.0
#include "report/json_text.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <fmt/format.h>

namespace cpefleet::report {
namespace {

namespace json = boost::json;

bool fits_a_line(const json::value& value) {
  if (value.is_object()) return false;
  if (!value.is_array()) return true;
  const auto& array = value.get_array();
  return std::all_of(array.begin(), array.end(), fits_a_line);
}

void append(const json::value& value, std::size_t indent, std::string& out);

template <class Range, class Item>
void append_items(const Range& range, char open, char close, bool lines, std::size_t indent, std::string& out,
                  Item item) {
  out += open;
  bool first = true;
  for (const auto& element : range) {
    if (!first) out += lines ? "," : ", ";
    first = false;
    if (lines) out.append("\n").append(indent + 2, ' ');
    item(element);
  }
  if (lines && !first) out.append("\n").append(indent, ' ');
  out += close;
}

void append(const json::value& value, std::size_t indent, std::string& out) {
  if (const auto* object = value.if_object()) {
    append_items(*object, '{', '}', true, indent, out, [&](const json::key_value_pair& pair) {
      out += json::serialize(pair.key());
      out += ": ";
      append(pair.value(), indent + 2, out);
    });
  } else if (const auto* array = value.if_array()) {
    append_items(*array, '[', ']', !fits_a_line(value), indent, out,
                 [&](const json::value& element) { append(element, indent + 2, out); });
  } else if (const auto* number = value.if_double()) {
    // Boost.JSON writes 0.5 as 5E-1.
    out += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string pretty_json(const json::value& value) {
  std::string out;
  append(value, 0, out);
  out += '\n';
  return out;
}

}  // namespace cpefleet::report
