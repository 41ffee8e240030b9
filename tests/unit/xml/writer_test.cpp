// SPDX-License-Identifier: Apache-2.0
#include "xml/writer.hpp"

#include <doctest/doctest.h>
#include <string>
#include <string_view>

#include "xml/document.hpp"

using cpefleet::xml::append_escaped;
using cpefleet::xml::Document;

namespace {

constexpr std::string_view kBad = "\xEF\xBF\xBD";

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("xml.writer");

TEST_CASE("markup characters are escaped and all else is copied [E-12]") {
  CHECK(escaped("") == "");
  CHECK(escaped("plain text, 'quoted'") == "plain text, 'quoted'");
  CHECK(escaped("<a b=\"1\">&amp;</a>") == "&lt;a b=&quot;1&quot;&gt;&amp;amp;&lt;/a&gt;");
  CHECK(escaped("]]>") == "]]&gt;");
  CHECK(escaped("tab\there\nnew line") == "tab\there\nnew line");
  CHECK(escaped("\r") == "&#13;");
}

TEST_CASE("text is appended behind what is there") {
  std::string out = "x";
  append_escaped(out, "<");
  append_escaped(out, "y");
  CHECK(out == "x&lt;y");
}

TEST_CASE("well-formed UTF-8 is copied [E-12]") {
  for (const std::string_view text : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                      "\xEF\xBF\xBD", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(escaped(text) == text);
  }
}

TEST_CASE("what XML cannot hold becomes a replacement character [E-12]") {
  for (const std::string_view text : {"\x01", "\x08", "\x0B", "\x0C", "\x1F", "\x80", "\xBF", "\xC0", "\xFE", "\xFF",
                                      "\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    CAPTURE(text);
    CHECK(escaped(text) == kBad);
  }
  CHECK(escaped(std::string_view("\0", 1)) == kBad);
}

TEST_CASE("each byte of ill-formed UTF-8 is replaced and what follows is kept") {
  const auto bad = [](std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += kBad;
    return out;
  };
  CHECK(escaped("\xC0\xAF") == bad(2));            // overlong
  CHECK(escaped("\xE0\x80\x80") == bad(3));        // overlong
  CHECK(escaped("\xF0\x80\x80\x80") == bad(4));    // overlong
  CHECK(escaped("\xED\xA0\x80") == bad(3));        // surrogate
  CHECK(escaped("\xF4\x90\x80\x80") == bad(4));    // above U+10FFFF
  CHECK(escaped("a\xC3") == "a" + bad(1));         // cut
  CHECK(escaped("\xE2\x82<") == bad(2) + "&lt;");  // cut
  CHECK(escaped("\xC3\xC3\xA4") == bad(1) + "\xC3\xA4");
}

TEST_CASE("any bytes give a document that reads back [E-12]") {
  std::string all;
  for (int round = 0; round < 3; ++round) {
    for (int c = 0; c < 256; ++c) all += static_cast<char>((c * (round * 2 + 1)) & 0xFF);
  }
  for (std::size_t start = 0; start < all.size(); ++start) {
    const std::string xml = "<a b=\"" + escaped(all.substr(start)) + "\">" + escaped(all.substr(start)) + "</a>";
    const auto document = Document::parse(xml);
    REQUIRE_MESSAGE(document.has_value(), document.error().message());
    CHECK_FALSE(document->ill_formed_utf8());
  }
}

TEST_CASE("text that XML can hold reads back as it was") {
  const std::string text = "  <&>\"' \r\n\t\xC3\xA4\xF0\x9F\x98\x80 ]]> ";
  const auto document = Document::parse("<a>" + escaped(text) + "</a>");
  REQUIRE(document);
  CHECK(document->root().text() == text);
}

TEST_SUITE_END();
