// SPDX-License-Identifier: Apache-2.0
#include "yaml/environment.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace cpefleet::yaml {
namespace {

[[nodiscard]] bool is_name(std::string_view name) {
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
  const auto inner = [&](unsigned char c) { return letter(c) || std::isdigit(c) != 0; };
  return !name.empty() && letter(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return inner(static_cast<unsigned char>(c)); });
}

// Where the brace closes that was opened just before `from`.
[[nodiscard]] std::size_t closing_brace(std::string_view text, std::size_t from) {
  int open = 1;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '{') ++open;
    if (text[i] == '}' && --open == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace

Result<std::string> expand_environment(std::string_view text, const Environment& environment) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", done)) {
    if (at > done && text[at - 1] == '$') {  // $${ is a literal ${
      out.append(text.substr(done, at - 1 - done)).append("${");
      done = at + 2;
      continue;
    }
    out.append(text.substr(done, at - done));
    const std::size_t end = closing_brace(text, at + 2);
    if (end == std::string_view::npos) return failure("`${` without its `}`; a literal one is written `$${`");
    const std::string_view inside = text.substr(at + 2, end - at - 2);
    const std::size_t separator = inside.find(":-");
    const std::string name(inside.substr(0, separator));
    if (!is_name(name))
      return failure("`${" + name + "}` is not the name of a variable; a literal one is written `$${`");
    const std::optional<std::string> value = environment ? environment(name) : std::nullopt;
    if (value && (!value->empty() || separator == std::string_view::npos)) {
      out.append(*value);
    } else if (separator != std::string_view::npos) {
      out.append(inside.substr(separator + 2));
    } else {
      return failure(
          fmt::format("the environment variable {0} is not set; give it a value, or a default: ${{{0}:-...}}", name));
    }
    done = end + 1;
  }
  out.append(text.substr(done));
  return out;
}

}  // namespace cpefleet::yaml
