// SPDX-License-Identifier: Apache-2.0
#include "yaml/node.hpp"

#include <doctest/doctest.h>

#include "yaml/environment.hpp"

using namespace cpefleet;
using namespace cpefleet::yaml;

namespace {

struct Parsed {
  Diagnostics diagnostics;
  std::optional<Node> node;
};

Parsed read(std::string_view text, const ParseOptions& options = {}) {
  Parsed parsed;
  parsed.node = parse(text, "f.yaml", parsed.diagnostics, options);
  return parsed;
}

std::string complaint(std::string_view text, const ParseOptions& options = {}) {
  return read(text, options).diagnostics.text();
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::optional<std::string> environment(const std::string& name) {
  if (name == "HOST") return "acs.example";
  if (name == "EMPTY") return "";
  if (name == "SECRET") return "${HOST}";
  return std::nullopt;
}

}  // namespace

TEST_SUITE("yaml.node") {
  TEST_CASE("scalars are kept as they are written") {
    const Parsed parsed = read("a: 000B82\nb: 1.10\nc: 0x10\nd: \"007\"\ne: yes\nf: 70%\n");
    REQUIRE(parsed.node);
    CHECK(parsed.diagnostics.empty());
    CHECK(parsed.node->find("a")->text() == "000B82");
    CHECK(parsed.node->find("b")->text() == "1.10");
    CHECK(parsed.node->find("c")->text() == "0x10");
    CHECK(parsed.node->find("d")->text() == "007");
    CHECK(parsed.node->find("d")->quoted());
    CHECK_FALSE(parsed.node->find("a")->quoted());
    CHECK(parsed.node->find("f")->text() == "70%");
  }

  TEST_CASE("every key and value knows its line and column") {
    const Parsed parsed = read("name: x\nlist:\n  - a\n  - { k: v }\nempty:\nlast: 1\n");
    REQUIRE(parsed.node);
    const Node& item = parsed.node->find("list")->items()[1];
    CHECK(item.entry(0).key.where().line == 4);
    CHECK(item.entry(0).key.where().column == 7);
    CHECK(item.entry(0).value.where().column == 10);
    CHECK(item.where().file == "f.yaml");
    CHECK(parsed.node->find("empty")->is_null());
    CHECK(parsed.node->find("empty")->where().line == 5);
  }

  TEST_CASE("keys stay in the order of the file") {
    const Parsed parsed = read("{z: 1, a: 2, m: 3}");
    REQUIRE(parsed.node);
    CHECK(parsed.node->size() == 3);
    CHECK(parsed.node->entry(0).key.text() == "z");
    CHECK(parsed.node->entry(2).key.text() == "m");
  }

  TEST_CASE("null is written with nothing, ~ or null; quoted it is a text") {
    const Parsed parsed = read("a:\nb: ~\nc: null\nd: \"null\"\n");
    REQUIRE(parsed.node);
    CHECK(parsed.node->find("a")->is_null());
    CHECK(parsed.node->find("b")->is_null());
    CHECK(parsed.node->find("c")->is_null());
    CHECK(parsed.node->find("d")->text() == "null");
  }

  TEST_CASE("an empty file is a null node") {
    const Parsed parsed = read("# only a comment\n");
    REQUIRE(parsed.node);
    CHECK(parsed.node->is_null());
    CHECK(parsed.diagnostics.empty());
  }

  TEST_CASE("a duplicate key is noticed at its second place and the first value counts") {
    const Parsed parsed = read("a: 1\nb: {x: 1,\n    x: {y: [2]}, z: 3}\na: 4\n");
    REQUIRE(parsed.node);
    REQUIRE(parsed.diagnostics.size() == 2);
    CHECK(parsed.diagnostics.list()[0].where.line == 3);
    CHECK(parsed.diagnostics.list()[0].where.column == 5);
    CHECK(contains(parsed.diagnostics.list()[1].message, "`a`"));
    CHECK(contains(parsed.diagnostics.list()[1].message, "1:1"));
    CHECK(parsed.node->find("a")->text() == "1");
    CHECK(parsed.node->find("b")->size() == 2);
    CHECK(parsed.node->find("b")->find("z")->text() == "3");
  }

  TEST_CASE("what YAML can do beyond lists, maps and texts is refused where it stands") {
    CHECK(contains(complaint("a: &x 1\nb: *x\n"), "anchors"));
    CHECK(contains(complaint("a: [1, &x [2]]\n"), "anchors"));
    CHECK(contains(complaint("a: { <<: { b: 1 } }\n"), "merge keys"));
    CHECK(contains(complaint("a: 1\n---\nb: 2\n"), "second document"));
    CHECK(contains(complaint("? [a, b]\n: 1\n"), "key must be a text"));
    CHECK(contains(complaint("? \n: 1\n"), "key must be a text"));
    CHECK(contains(complaint("a: !!int 5\n"), "tags"));
    CHECK(contains(complaint("a: !mine {b: c}\n"), "tags"));
    CHECK(complaint("a: \"<<\"\n\"<<\": 1\n").empty());
  }

  TEST_CASE("a syntax error is one diagnostic with its place") {
    const Parsed parsed = read("a: 1\nb: [1, 2\nc: }\n");
    CHECK_FALSE(parsed.node);
    REQUIRE(parsed.diagnostics.size() == 1);
    CHECK(parsed.diagnostics.list()[0].where.line >= 2);
    CHECK(parsed.diagnostics.list()[0].where.file == "f.yaml");
  }

  TEST_CASE("text after the end of a flow document is not lost silently") {
    CHECK_FALSE(complaint("{a: 1}\n}\n").empty());
    CHECK_FALSE(complaint("{a: 1}\nb: 2\n").empty());
  }

  TEST_CASE("a billion laughs is refused before it can laugh") {
    CHECK(contains(complaint("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), "anchors"));
    CHECK_FALSE(complaint("a: *unknown\n").empty());
  }

  TEST_CASE("size, number of values and depth are limited") {
    ParseOptions small;
    small.max_bytes = 10;
    CHECK(contains(complaint("a: 12345678901\n", small), "larger than 10"));
    ParseOptions few;
    few.max_nodes = 5;
    CHECK(contains(complaint("[1, 2, 3, 4, 5]", few), "more than 5"));
    CHECK(complaint("[1, 2, 3, 4]", few).empty());
    CHECK(contains(complaint(std::string(65, '[') + std::string(65, ']')), "nested deeper than 64"));
    CHECK(complaint(std::string(64, '[') + std::string(64, ']')).empty());
    CHECK_FALSE(complaint(std::string(100'000, '[')).empty());
    CHECK_FALSE(complaint(std::string(100'000, '{')).empty());
    std::string dashes;
    for (int i = 0; i < 50'000; ++i) dashes += "- ";
    CHECK_FALSE(complaint(dashes).empty());
  }

  TEST_CASE("bytes that end or re-encode the file are refused with their place") {
    CHECK(complaint(std::string("a: 1\nb: \x04 2\nc: 3\n")) ==
          "f.yaml:2:4: a byte that does not belong into a UTF-8 text file\n");
    CHECK_FALSE(complaint(std::string("a: 1\0b: 2", 9)).empty());
    CHECK_FALSE(complaint("\xff\xfe"
                          "a")
                    .empty());
    CHECK(complaint("a: \"gr\xc3\xbc\xc3\x9f\"\r\nb: 1\r\n").empty());
  }

  TEST_CASE("variables are replaced in values, and only there") {
    ParseOptions options;
    options.environment = environment;
    const Parsed parsed = read(
        "url: \"http://${HOST}/x\"\nd: ${NOPE:-builtin}\ne: ${EMPTY:-full}\nn: ${EMPTY}\nl: $${HOST} $5\n"
        "t: \"${NOPE:-http://{lan_ip}/}\"\ns: ${SECRET}\n\"${HOST}\": key\n",
        options);
    REQUIRE(parsed.node);
    CHECK(parsed.diagnostics.text().empty());
    CHECK(parsed.node->find("url")->text() == "http://acs.example/x");
    CHECK(parsed.node->find("d")->text() == "builtin");
    CHECK(parsed.node->find("e")->text() == "full");
    CHECK(parsed.node->find("n")->text().empty());
    CHECK(parsed.node->find("n")->is_scalar());
    CHECK(parsed.node->find("l")->text() == "${HOST} $5");
    CHECK(parsed.node->find("t")->text() == "http://{lan_ip}/");
    CHECK(parsed.node->find("s")->text() == "${HOST}");
    CHECK(parsed.node->find("${HOST}") != nullptr);
  }

  TEST_CASE("an unset variable without a default is a mistake at its place") {
    ParseOptions options;
    options.environment = environment;
    const Parsed parsed = read("a: 1\nb: x${NOPE}\nc: ${bad name}\nd: \"${HOST\"\n", options);
    REQUIRE(parsed.diagnostics.size() == 3);
    CHECK(parsed.diagnostics.list()[0].where.line == 2);
    CHECK(contains(parsed.diagnostics.list()[0].message, "NOPE is not set"));
    CHECK(contains(parsed.diagnostics.list()[2].message, "without its `}`"));
  }

  TEST_CASE("without an environment a dollar is a dollar") {
    const Parsed parsed = read("a: ${HOST}\n");
    REQUIRE(parsed.node);
    CHECK(parsed.node->find("a")->text() == "${HOST}");
  }
}
