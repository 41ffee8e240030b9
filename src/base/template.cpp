// SPDX-License-Identifier: Apache-2.0
#include "base/template.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace cpefleet {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.' || c == '-';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

// "06x", "4d", "X": how a number is written. The width is at most 64.
struct NumberFormat {
  bool zeros = false;
  unsigned width = 0;
  char base = 'd';
};

std::optional<NumberFormat> number_format(std::string_view format) {
  NumberFormat out;
  if (format.empty() || (format.back() != 'd' && format.back() != 'x' && format.back() != 'X')) return std::nullopt;
  out.base = format.back();
  format.remove_suffix(1);
  if (!format.empty() && format.front() == '0') {
    out.zeros = true;
    format.remove_prefix(1);
  }
  if (format.empty()) return out;
  const auto width = parse_uint(format);
  if (!width || *width > 64) return std::nullopt;
  out.width = static_cast<unsigned>(*width);
  return out;
}

bool is_format(std::string_view format) {
  return format.empty() || format == "lower" || format == "upper" || format == "colons" || number_format(format);
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

void append_formatted(std::string_view value, std::string_view format, std::string& out) {
  if (format.empty()) {
    out += value;
  } else if (format == "lower") {
    out += to_lower(value);
  } else if (format == "upper") {
    std::transform(value.begin(), value.end(), std::back_inserter(out), upper);
  } else if (format == "colons") {
    for (std::size_t i = 0; i < value.size(); i += 2) {
      if (i > 0) out += ':';
      out += value.substr(i, 2);
    }
  } else {
    const auto number = parse_uint(value);
    const auto spec = number_format(format);
    if (!number || !spec) {  // no number: as it is
      out += value;
      return;
    }
    const auto digits = spec->base == 'x'   ? fmt::format("{:x}", *number)
                        : spec->base == 'X' ? fmt::format("{:X}", *number)
                                            : fmt::format("{}", *number);
    if (digits.size() < spec->width) out.append(spec->width - digits.size(), spec->zeros ? '0' : ' ');
    out += digits;
  }
}

}  // namespace

Result<Template> Template::compile(std::string_view text) {
  Template out;
  out.text_ = text;
  Part part;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      part.literal += c;
      ++i;
      continue;
    }
    if (c == '}') return failure(fmt::format("a \"}}\" without \"{{\" in \"{}\"; write \"}}}}\" for a brace", text));
    if (c != '{') {
      part.literal += c;
      continue;
    }
    const auto end = text.find('}', i);
    if (end == std::string_view::npos)
      return failure(fmt::format("a \"{{\" without \"}}\" in \"{}\"; write \"{{{{\" for a brace", text));
    const auto inside = text.substr(i + 1, end - i - 1);
    const auto colon = inside.find(':');
    part.name = inside.substr(0, colon);
    if (colon != std::string_view::npos) part.format = inside.substr(colon + 1);
    if (!is_name(part.name)) return failure(fmt::format("\"{{{}}}\" in \"{}\" names nothing", inside, text));
    if (!is_format(part.format) || (colon != std::string_view::npos && part.format.empty())) {
      return failure(
          fmt::format("unknown format \"{}\" in \"{{{}}}\": known are lower, upper, colons, and numbers such "
                      "as d, 04d, x, 06x, 06X",
                      part.format, inside));
    }
    out.parts_.push_back(std::exchange(part, {}));
    i = end;
  }
  if (!part.literal.empty()) out.parts_.push_back(std::move(part));
  return out;
}

void Template::expand(const Lookup& lookup, std::string& out) const {
  std::string value;
  for (const auto& part : parts_) {
    out += part.literal;
    if (part.name.empty()) continue;
    value.clear();
    if (lookup(part.name, value)) {
      append_formatted(value, part.format, out);
    } else {
      out += '{';
      out += part.name;
      if (!part.format.empty()) out.append(":").append(part.format);
      out += '}';
    }
  }
}

std::vector<std::string_view> Template::names() const {
  std::vector<std::string_view> out;
  for (const auto& part : parts_) {
    if (!part.name.empty() && std::find(out.begin(), out.end(), part.name) == out.end()) out.push_back(part.name);
  }
  return out;
}

}  // namespace cpefleet
