// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cpefleet::xml {

// Appends `text` as character data (& < > escaped; " too, so that it serves attributes). A carriage return becomes a
// reference, because a reader would turn it into a line feed. Characters XML 1.0 cannot hold (most of 0..31, U+FFFE,
// U+FFFF, ill-formed UTF-8) become U+FFFD, so that what is written is always well-formed (E-12).
void append_escaped(std::string& out, std::string_view text);

}  // namespace cpefleet::xml
