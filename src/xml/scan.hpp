// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "xml/document.hpp"

// What is looked at before a tree is built, so that a hostile document costs one pass over its bytes and no more.
namespace cpefleet::xml {

struct Scan {
  std::size_t end = 0;      // just behind the root element
  bool doctype = false;     // a declaration that declares nothing
  bool split_text = false;  // a comment, CDATA section or processing instruction inside the root
};

// Finds the end of the root element and holds the limits. Does not check well-formedness beyond what that takes: the
// parser does.
[[nodiscard]] Result<Scan> scan(std::string_view text, const Limits& limits);

// True, and `text` is UTF-8 afterwards, when it is UTF-16 with or without a byte order mark.
[[nodiscard]] bool convert_utf16(std::string& text);

}  // namespace cpefleet::xml
