// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>
#include <string_view>

#include "xml/document.hpp"

using cpefleet::xml::Document;
using cpefleet::xml::Limits;

namespace {

std::string error_of(std::string text, const Limits& limits = {}) {
  const auto document = Document::parse(std::move(text), limits);
  return document ? std::string() : document.error().message();
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("xml.document");

TEST_CASE("a document type declaration that declares entities is refused") {
  CHECK(error_of("<!DOCTYPE a [<!ENTITY b \"bbb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>").find("refused") !=
        std::string::npos);
  CHECK(error_of("<!DOCTYPE a SYSTEM \"file:///etc/passwd\" [ ]><a/>").find("refused") != std::string::npos);
}

TEST_CASE("an external entity reference is never resolved") {
  const auto document = Document::parse("<!DOCTYPE a SYSTEM \"file:///etc/hostname\"><a>&file;</a>");
  REQUIRE(document);
  CHECK(document->root().text() == "&file;");
}

TEST_CASE("ten thousand levels of elements are refused") {
  const std::string deep = repeat("<a>", 10'000) + repeat("</a>", 10'000);
  CHECK(error_of(deep) == "more than 128 levels of elements at byte 384");
}

TEST_CASE("depth is counted as it is and not by looks") {
  const Limits limits{.depth = 3};
  CHECK(error_of("<a><b><c/><c>x</c></b></a>", limits).empty());
  CHECK(error_of("<a><b><c></c></b><b><c></c></b></a>", limits).empty());
  CHECK_FALSE(error_of("<a><b><c><d></d></c></b></a>", limits).empty());
  CHECK(error_of("<a><!-- <b><b><b><b> --><![CDATA[<b><b><b><b>]]><?x <b><b><b><b>?></a>", limits).empty());
  CHECK(error_of("<a x='<b><b><b>' y=\"'<b><b><b>'\"/>", limits).empty());
  CHECK(error_of("<a><b x='/'><c x=\"/\"></c></b></a>", limits).empty());
  CHECK_FALSE(error_of("<a><b x='/'><c x=\"/\"><d></d></c></b></a>", limits).empty());
}

TEST_CASE("more bytes than the limit are refused before they are read") {
  CHECK(error_of("<a>" + std::string(40u << 20, 'x') + "</a>") == "41943047 bytes, more than the 33554432 allowed");
  CHECK(error_of("<a/>", {.bytes = 4}).empty());
  CHECK_FALSE(error_of("<a/>", {.bytes = 3}).empty());
}

TEST_CASE("more elements and attributes than the limit are refused") {
  CHECK(error_of("<a>" + repeat("<b/>", 99) + "</a>", {.nodes = 100}).empty());
  CHECK_FALSE(error_of("<a>" + repeat("<b/>", 100) + "</a>", {.nodes = 100}).empty());
  CHECK_FALSE(error_of("<a" + repeat(" b=''", 100) + "/>", {.nodes = 100}).empty());
  CHECK_FALSE(error_of("<a>" + repeat("<![CDATA[]]>", 100) + "</a>", {.nodes = 100}).empty());
  CHECK_FALSE(error_of("<a>" + repeat("<b/>", 2'000'000) + "</a>").empty());
}

TEST_CASE("many pieces of text in one element are joined in linear time") {
  const auto document = Document::parse("<a>" + repeat("x<!---->", 200'000) + "</a>");
  REQUIRE(document);
  CHECK(document->root().text().size() == 200'000);
}

TEST_CASE("a NUL byte inside is refused, behind the root it is trailing garbage") {
  CHECK(error_of(std::string("<a>x\0y</a>", 10)) == "NUL at byte 4");
  CHECK(error_of(std::string("<a></\0a>", 8)) == "NUL at byte 5");
  CHECK(error_of(std::string("\0", 1)) == "no root element at byte 0");
  CHECK(error_of(std::string("<a/>\0", 5)).empty());
}

TEST_CASE("references to characters that XML does not know do no harm") {
  for (const std::string_view reference : {"&#0;", "&#x0;", "&#xD800;", "&#xFFFFFFFF;", "&#99999999999999999999;", "&;",
                                           "&#;", "&#x;", "&undeclared;", "&"}) {
    CAPTURE(reference);
    const auto document = Document::parse("<a>" + std::string(reference) + "</a>");
    if (document) CHECK(document->root().text().size() <= reference.size());
  }
}

TEST_CASE("what is no XML document is an error that says where") {
  CHECK(error_of("") == "no root element at byte 0");
  CHECK(error_of(" \r\n") == "no root element at byte 0");
  CHECK(error_of("Unauthorized") == "no root element at byte 0");
  CHECK(error_of("16\r\n<a/>") == "text before the root element at byte 0");
  CHECK(error_of("{\"error\": 1}") == "no root element at byte 0");
  CHECK(error_of("</a>") == "an end tag without a start at byte 0");
  CHECK(error_of("<![CDATA[x]]><a/>") == "a CDATA section outside the root element at byte 0");
  CHECK_FALSE(error_of("<a></b>").empty());
  CHECK_FALSE(error_of("<a b=c/>").empty());
  CHECK_FALSE(error_of("<a b='1' \"/>").empty());
  CHECK_FALSE(error_of("<>").empty());
  CHECK_FALSE(error_of("<").empty());
  CHECK_FALSE(error_of("< a/>").empty());
  CHECK_FALSE(error_of("<a><!ELEMENT b></a>").empty());
  CHECK_FALSE(error_of("<a><b></a></b>").empty());
  CHECK_FALSE(error_of(std::string("\xFF\xFE\x00\x00<\x00\x00\x00", 8)).empty());
}

TEST_CASE("a document cut at any byte is an error") {
  const std::string whole =
      "\xEF\xBB\xBF<?xml version=\"1.0\"?><!DOCTYPE a><!-- c --><a x=\"1\" y='>'><b>&amp;</b><![CDATA[<]]><c/></a>";
  REQUIRE(error_of(whole).empty());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(error_of(whole.substr(0, length)).empty());
  }
}

TEST_SUITE_END();
