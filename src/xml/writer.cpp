// SPDX-License-Identifier: Apache-2.0
#include "xml/writer.hpp"

#include <array>
#include <cstddef>

#include "xml/utf8.hpp"

namespace cpefleet::xml {
namespace {

// Bytes that may be copied as they are: ASCII without the five that need a look.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = true;
  plain['\t'] = plain['\n'] = true;
  plain['&'] = plain['<'] = plain['>'] = plain['"'] = false;
  return plain;
}
constexpr std::array<bool, 256> kPlain = make_plain();

std::size_t plain_run(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && kPlain[static_cast<unsigned char>(text[n])]) ++n;
  return n;
}

// U+FFFE and U+FFFF are code points, but no XML characters.
bool is_xml_character(std::string_view character) { return character != "\xEF\xBF\xBE" && character != "\xEF\xBF\xBF"; }

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t run = plain_run(text);
    out.append(text.data(), run);
    text.remove_prefix(run);
    if (text.empty()) return;

    std::size_t taken = 1;
    switch (text.front()) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\r': out += "&#13;"; break;
      default: {
        const std::size_t length = utf8_length(text);
        if (length > 1 && is_xml_character(text.substr(0, length))) {
          out.append(text.data(), length);
        } else {
          out += kReplacement;
        }
        taken = length > 1 ? length : 1;
      }
    }
    text.remove_prefix(taken);
  }
}

}  // namespace cpefleet::xml
