// SPDX-License-Identifier: Apache-2.0
#include "journal/redact.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace cpefleet::journal {
namespace {

constexpr std::string_view kHidden = "***";
constexpr auto kNpos = std::string_view::npos;

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view e) { return text.ends_with(e); });
}

// P-values that hold passwords or keys, where a device shows them under their numbers.
bool is_secret_pvalue(std::string_view name) {
  constexpr std::array<std::uint64_t, 22> kSecret{2,    34,   83,   196,  242,  406,  506,  606,  734,  1359, 1361,
                                                  1706, 1806, 4505, 4512, 6769, 8202, 8221, 4120, 4121, 4122, 4123};
  if (name.size() < 2 || name.front() != 'p') return false;
  const auto number = parse_uint(name.substr(1));
  if (!number) return false;
  const bool account = *number >= 50606 && *number <= 51506 && *number % 100 == 6;
  return account || std::find(kSecret.begin(), kSecret.end(), *number) != kSecret.end();
}

// By the last part of a path, ignoring case: "…PasswordRequired" is no secret, CommandKey and ParameterKey are none.
bool is_secret(std::string_view path) {
  // Escapes and CDATA can spell any name; rather hide too much.
  if (path.find('&') != kNpos || path.find('<') != kNpos) return true;
  path = trim(path);
  const auto name = to_lower(path.substr(path.rfind('.') + 1));
  if (ends_with_any(name, {"password", "passwd", "passphrase", "passcode", "secret"})) return true;
  if (name.ends_with("key")) return !ends_with_any(name, {"commandkey", "parameterkey", "dialkey", "hotkey", "xmlkey"});
  return is_secret_pvalue(name);
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

// An opening tag at `at` (which holds '<'): its name without prefix, and where its content begins.
struct Tag {
  std::string_view local;
  std::size_t content = 0;
  bool empty_element = false;
};

std::optional<Tag> opening_tag(std::string_view body, std::size_t at) {
  std::size_t end = at + 1;
  while (end < body.size() && is_name_char(body[end])) ++end;
  if (end == at + 1) return std::nullopt;  // a closing tag, a comment, a stray '<'
  Tag tag;
  tag.local = body.substr(at + 1, end - at - 1);
  tag.local.remove_prefix(tag.local.rfind(':') + 1);
  char quote = 0;  // a '>' inside of an attribute's value does not end the tag
  for (; end < body.size(); ++end) {
    const char c = body[end];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      tag.content = end + 1;
      tag.empty_element = body[end - 1] == '/';
      return tag;
    } else if (c == '<') {
      break;
    }
  }
  // Never closed: whatever follows may be content.
  tag.content = at + 1 + tag.local.size();
  tag.content = std::min(body.size(), body.find_first_of("> \t\r\n", tag.content));
  return tag;
}

// Where the element `local`, whose content begins at `from`, is closed; the end of the text when it is not.
std::size_t closing_tag(std::string_view body, std::size_t from, std::string_view local) {
  for (auto at = body.find("</", from); at != kNpos; at = body.find("</", at + 2)) {
    auto end = at + 2;
    while (end < body.size() && is_name_char(body[end])) ++end;
    auto name = body.substr(at + 2, end - at - 2);
    name.remove_prefix(name.rfind(':') + 1);
    if (name == local) return at;
  }
  return body.size();
}

// What a Name element holds, up to the next tag: names have none inside. With CDATA or a comment in it the '<' is left
// in, so that it counts as hidden. (Looking for the closing tag instead would take quadratic time on broken input.)
std::string_view name_content(std::string_view body, std::size_t from) {
  const auto end = std::min(body.find('<', from), body.size());
  return body.substr(from, end - from + (body.substr(end).starts_with("<!") ? 1 : 0));
}

bool is_name_element(std::string_view local) { return local == "Name" || local == "ParameterName"; }

// Is the next Name before the next Value a hidden one? For structs that have them the wrong way round.
bool next_name_is_secret(std::string_view body, std::size_t from) {
  for (auto at = body.find('<', from); at != kNpos; at = body.find('<', at + 1)) {
    const auto tag = opening_tag(body, at);
    if (!tag) continue;
    if (tag->local == "Value" || tag->local == "ParameterValueStruct") return false;
    if (is_name_element(tag->local)) return is_secret(name_content(body, tag->content));
  }
  return false;
}

// In plain text: `Device.X.Password=secret`, `"password": "secret"`. `name_end` is behind the name; answers the range
// of the value, or nothing.
std::optional<std::pair<std::size_t, std::size_t>> assigned_value(std::string_view text, std::size_t name_end) {
  auto at = name_end;
  const auto skip = [&](std::string_view what) {
    while (at < text.size() && what.find(text[at]) != kNpos) ++at;
  };
  skip("\"' \t");
  if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return std::nullopt;
  ++at;
  skip(" \t");
  const bool quoted = at < text.size() && (text[at] == '"' || text[at] == '\'');
  const auto start = quoted ? at + 1 : at;
  const auto end = quoted ? text.find(text[at], start) : text.find_first_of(" \t\r\n&,;\"'<>)}]", start);
  const auto stop = std::min(end, text.size());
  if (stop == start) return std::nullopt;
  return std::pair{start, stop};
}

// Appends character data in which `name = value` pairs may stand.
void append_text(std::string_view text, std::string& out) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_name_char(text[at])) {
      out += text[at++];
      continue;
    }
    const auto begin = at;
    while (at < text.size() && is_name_char(text[at]) && text[at] != ':') ++at;
    out += text.substr(begin, at - begin);
    if (at > begin && is_secret(text.substr(begin, at - begin))) {
      if (const auto value = assigned_value(text, at)) {
        out.append(text.substr(at, value->first - at)).append(kHidden);
        at = value->second;
      }
    }
    if (at < text.size() && text[at] == ':') out += text[at++];
  }
}

}  // namespace

std::string redact_secrets(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  bool named = false;   // a Name came since the last Value
  bool hidden = false;  // ... and it was that of a secret
  std::size_t at = 0;
  while (at < body.size()) {
    if (body[at] != '<') {
      const auto end = std::min(body.find('<', at), body.size());
      append_text(body.substr(at, end - at), out);
      at = end;
      continue;
    }
    const auto tag = opening_tag(body, at);
    if (!tag) {
      out += body[at++];
      continue;
    }
    if (tag->local == "ParameterValueStruct") named = hidden = false;
    const bool own_secret = is_secret(tag->local);  // <Password> of Download and Upload
    if (tag->empty_element || !(own_secret || tag->local == "Value" || is_name_element(tag->local))) {
      out += body.substr(at, tag->content - at);
      at = tag->content;
      if (tag->local == "Value") named = hidden = false;
      continue;
    }
    out += body.substr(at, tag->content - at);
    at = tag->content;
    if (is_name_element(tag->local)) {
      named = true;
      hidden = is_secret(name_content(body, at));
      continue;
    }
    if (own_secret || (named ? hidden : next_name_is_secret(body, at))) {
      const auto end = closing_tag(body, at, tag->local);
      if (end > at) out += kHidden;
      at = end;
    }
    if (tag->local == "Value") named = hidden = false;
  }
  return out;
}

}  // namespace cpefleet::journal
