// SPDX-License-Identifier: Apache-2.0
#include "provision/config_file.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "provision/forms.hpp"
#include "xml/utf8.hpp"

namespace cpefleet::provision {
namespace {

bool is_control(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u < 0x20 && c != '\t' && c != '\n' && c != '\r') || u == 0x7f;
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyBytes && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           c == '-';
  });
}

bool looks_like_xml(std::string_view bytes) {
  using std::string_view_literals::operator""sv;
  const auto two = bytes.substr(0, 2);
  for (const auto utf16 : std::array{"\xFF\xFE"sv, "\xFE\xFF"sv, "<\0"sv, "\0<"sv}) {
    if (two == utf16) return true;
  }
  return trim(bytes.substr(0, 4096)).starts_with('<');
}

}  // namespace

Result<ConfigFile> parse(std::string_view bytes) {
  if (bytes.size() > kMaxFileBytes)
    return failure(fmt::format("a configuration file of {} bytes: more than {}", bytes.size(), kMaxFileBytes));
  if (bytes.starts_with("Salted__"))
    return failure("an encrypted configuration file: only plain ones can be read, as XML or text");
  std::string_view text = bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (trim(text).empty()) return failure("an empty configuration file");
  if (looks_like_xml(text)) return parse_xml(bytes);
  if (const auto bad = std::find_if(text.begin(), text.end(), is_control); bad != text.end())
    return failure(
        fmt::format("a binary or encrypted configuration file (byte {} is no text): only plain ones can be "
                    "read, as XML or text",
                    bad - text.begin()));
  if (!xml::is_utf8(text))
    return failure("a configuration file that is neither XML nor UTF-8 text, or an encrypted one");
  return parse_text(text);
}

std::string plain_mac(std::string_view text) {
  std::string out;
  for (const char c : to_lower(trim(text))) {
    if (c == ':' || c == '-') continue;
    if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) return {};
    out += c;
  }
  return out.size() == 12 ? out : std::string();
}

bool can_carry(std::string_view value) {
  // U+FFFE and U+FFFF are UTF-8, and no characters of XML.
  return value.size() <= kMaxValueBytes && std::none_of(value.begin(), value.end(), is_control) &&
         value.find("\xEF\xBF\xBE") == std::string_view::npos && value.find("\xEF\xBF\xBF") == std::string_view::npos &&
         xml::is_utf8(value);
}

std::string excerpt(std::string_view text) {
  std::string out(text.substr(0, 40));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

Result<void> add_entry(ConfigFile& file, std::string_view key, std::string value, std::size_t line) {
  const auto where = line == 0 ? std::string() : fmt::format("line {}: ", line);
  if (!is_key(key)) return failure(fmt::format("{}\"{}\" is no name of a setting", where, excerpt(key)));
  if (value.size() > kMaxValueBytes)
    return failure(fmt::format("{}{} has {} bytes, more than {}", where, key, value.size(), kMaxValueBytes));
  if (!can_carry(value))
    return failure(fmt::format("{}{} holds what is no character of XML, or not UTF-8", where, key));
  if (file.entries.size() == kMaxEntries) return failure(fmt::format("{}more than {} settings", where, kMaxEntries));
  file.entries.push_back({std::string(key), std::move(value), line});
  return {};
}

}  // namespace cpefleet::provision
