// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cpefleet::xml {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the character at the start of `text` when it is well-formed UTF-8 (RFC 3629: no overlong form, no
// surrogate, nothing above U+10FFFF), else 0.
[[nodiscard]] std::size_t utf8_length(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
// A surrogate or a number that is no code point becomes U+FFFD.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace cpefleet::xml
