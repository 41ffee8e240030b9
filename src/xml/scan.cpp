// SPDX-License-Identifier: Apache-2.0
#include "xml/scan.hpp"

#include <cstdint>
#include <fmt/format.h>

#include "base/text.hpp"
#include "xml/utf8.hpp"

namespace cpefleet::xml {
namespace {

constexpr std::size_t kMaxAttributes = 256;

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

class Scanner {
 public:
  Scanner(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  Result<Scan> run() {
    if (text_.substr(0, kUtf8Mark.size()) == kUtf8Mark) at_ = kUtf8Mark.size();
    while (error_.empty() && result_.end == 0) step();
    if (!error_.empty()) return failure(std::move(error_));
    const std::size_t nul = text_.substr(0, result_.end).find('\0');
    if (nul != std::string_view::npos) return failure(fmt::format("NUL at byte {}", nul));
    return result_;
  }

 private:
  // One piece of markup, with the text before it.
  void step() {
    const std::size_t open = text_.find('<', at_);
    if (open == std::string_view::npos) {
      return fail(depth_ == 0 ? "no root element" : "the document ends inside its root element");
    }
    if (depth_ == 0 && !trim(text_.substr(at_, open - at_)).empty()) return fail("text before the root element");
    at_ = open;
    const std::string_view rest = text_.substr(open);
    if (rest.substr(0, 4) == "<!--") {
      skip_past("-->", 4, "comment");
    } else if (rest.substr(0, 9) == "<![CDATA[") {
      if (depth_ == 0) return fail("a CDATA section outside the root element");
      count_node();
      skip_past("]]>", 9, "CDATA section");
    } else if (rest.substr(0, 2) == "<?") {
      skip_past("?>", 2, "processing instruction");
    } else if (rest.substr(0, 2) == "<!") {
      declaration();
    } else if (rest.substr(0, 2) == "</") {
      end_tag();
    } else {
      start_tag();
    }
  }

  void skip_past(std::string_view terminator, std::size_t opening, std::string_view what) {
    const std::size_t found = text_.find(terminator, at_ + opening);
    if (found == std::string_view::npos) return fail(fmt::format("unfinished {}", what));
    at_ = found + terminator.size();
    if (depth_ > 0) result_.split_text = true;
  }

  void declaration() {
    if (depth_ > 0 || text_.substr(at_, 9) != "<!DOCTYPE") return fail("unknown markup");
    const std::size_t close = tag_end('[');
    if (close == std::string_view::npos) return;
    if (text_[close] == '[') return fail("a document type declaration with declarations of its own is refused");
    result_.doctype = true;
    at_ = close + 1;
  }

  void end_tag() {
    if (depth_ == 0) return fail("an end tag without a start");
    const std::size_t close = text_.find('>', at_);
    if (close == std::string_view::npos) return fail("unfinished end tag");
    at_ = close + 1;
    if (--depth_ == 0) result_.end = at_;
  }

  void start_tag() {
    count_node();
    const std::size_t close = tag_end('>');
    if (close == std::string_view::npos) return;
    const bool empty = text_[close - 1] == '/';
    if (!empty && ++depth_ > limits_.depth) return fail(fmt::format("more than {} levels of elements", limits_.depth));
    at_ = close + 1;
    if (empty && depth_ == 0) result_.end = at_;
  }

  // The '>' of the tag at at_, or an earlier `stop`, both outside quotes. Counts quoted values, for each becomes a node
  // of the tree.
  std::size_t tag_end(char stop) {
    std::size_t attributes = 0;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '>' || c == stop) return i;
      if (c != '"' && c != '\'') continue;
      count_node();
      // Looking an attribute or a namespace up takes time with their number.
      if (++attributes > kMaxAttributes) fail(fmt::format("more than {} attributes in one element", kMaxAttributes));
      i = text_.find(c, i + 1);
      if (i == std::string_view::npos) break;
    }
    fail("unfinished tag");
    return std::string_view::npos;
  }

  void count_node() {
    if (++nodes_ > limits_.nodes) fail(fmt::format("more than {} elements and attributes", limits_.nodes));
  }

  void fail(std::string_view what) {
    if (error_.empty()) error_ = fmt::format("{} at byte {}", what, at_);
  }

  std::string_view text_;
  const Limits& limits_;
  Scan result_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
  std::string error_;
};

// The first bytes of '<' in UTF-16, or a byte order mark.
enum class Utf16 : std::uint8_t { no, little, big };

Utf16 detect_utf16(std::string_view text) {
  using std::string_view_literals::operator""sv;
  const std::string_view two = text.substr(0, 2);
  if (two == "\xFF\xFE"sv || two == "<\0"sv) return Utf16::little;
  if (two == "\xFE\xFF"sv || two == "\0<"sv) return Utf16::big;
  return Utf16::no;
}

}  // namespace

Result<Scan> scan(std::string_view text, const Limits& limits) { return Scanner(text, limits).run(); }

bool convert_utf16(std::string& text) {
  const Utf16 order = detect_utf16(text);
  if (order == Utf16::no) return false;
  const auto unit = [&text, order](std::size_t i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const auto second = static_cast<unsigned char>(text[i + 1]);
    return order == Utf16::big ? std::uint32_t{first} << 8 | second : std::uint32_t{second} << 8 | first;
  };
  std::string utf8;
  utf8.reserve(text.size());
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    std::uint32_t code_point = unit(i);
    if (i == 0 && code_point == 0xFEFF) continue;
    if (code_point >= 0xD800 && code_point <= 0xDBFF && i + 3 < text.size()) {
      const std::uint32_t low = unit(i + 2);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    append_utf8(utf8, code_point);
  }
  text = std::move(utf8);
  return true;
}

}  // namespace cpefleet::xml
