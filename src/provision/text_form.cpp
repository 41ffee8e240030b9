// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <utility>

#include "base/text.hpp"
#include "provision/forms.hpp"

namespace cpefleet::provision {
namespace {

constexpr std::string_view kTrailer = "gnkey";  // its value, 0b82, says nothing

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As in a form: `+` is a blank, %41 is A; what is no escape stays as it is.
std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string_view key_of(std::string_view pair) {
  const auto equals = pair.find('=');
  return equals == std::string_view::npos ? std::string_view{} : trim(pair.substr(0, equals));
}

// The text before the next `separator`, which is taken off with it.
std::string_view take(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

// A value may hold an ampersand of its own: it joins only what are P-values on both sides.
bool is_joined(std::string_view line) {
  if (line.find('&') == std::string_view::npos) return false;
  while (!line.empty()) {
    const auto pair = take(line, '&');
    const auto key = key_of(pair);
    const bool joins = pair.empty() || key == kTrailer || (key.starts_with('P') && parse_uint(key.substr(1)));
    if (!joins) return false;
  }
  return true;
}

Result<void> add_pair(ConfigFile& file, std::string_view pair, bool joined, std::size_t line) {
  const auto key = key_of(pair);
  if (key.empty())
    return failure(fmt::format("line {}: neither a setting (P271=1) nor a comment (#): no configuration file", line));
  if (key == kTrailer) return {};
  const auto value = pair.substr(pair.find('=') + 1);
  return add_entry(file, key, joined ? unescape(value) : std::string(trim(value)), line);
}

}  // namespace

Result<ConfigFile> parse_text(std::string_view text) {
  ConfigFile file;
  file.form = profile::ConfigForm::text;
  bool decided = false;
  bool joined = false;
  std::size_t line_number = 0;
  while (!text.empty()) {
    auto line = trim(take(text, '\n'));
    ++line_number;
    if (line.empty() || line.starts_with('#')) continue;
    if (!decided) joined = is_joined(line);
    decided = true;
    while (!line.empty()) {
      const auto pair = joined ? take(line, '&') : std::exchange(line, {});
      if (pair.empty()) continue;
      if (auto added = add_pair(file, pair, joined, line_number); !added) return tl::unexpected<Error>(added.error());
    }
  }
  return file;
}

}  // namespace cpefleet::provision
