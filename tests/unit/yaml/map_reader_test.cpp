// SPDX-License-Identifier: Apache-2.0
#include "yaml/map_reader.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace cpefleet;
using namespace cpefleet::yaml;
using namespace std::chrono_literals;

namespace {

// A document and what was said about it while it was read.
struct Document {
  explicit Document(std::string_view text) { node = *parse(text, "f", diagnostics); }
  Diagnostics diagnostics;
  Node node;
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

TEST_SUITE("yaml.map_reader") {
  TEST_CASE("values come back in their types") {
    Document d("name: x\nfor: 1h30m\nrate: 50/s\nsize: 10MB\ncount: 100k\nshare: 70%\non: true\nn: 7\n");
    MapReader reader(d.node, "a thing", d.diagnostics);
    CHECK(reader.required_string("name") == "x");
    CHECK(reader.optional_duration("for") == Duration(90min));
    CHECK(reader.optional_rate("rate")->per_second == doctest::Approx(50));
    CHECK(reader.optional_bytes("size") == 10'000'000u);
    CHECK(reader.optional_count("count") == 100'000u);
    CHECK(*reader.optional_share("share") == doctest::Approx(0.7));
    CHECK(reader.optional_bool("on") == true);
    CHECK(reader.optional_uint("n") == 7u);
    CHECK_FALSE(reader.optional_string("nothing"));
    reader.finish();
    CHECK(d.diagnostics.text().empty());
  }

  TEST_CASE("all mistakes of a map are reported, each once and where it stands") {
    Document d("nam: x\nfor: 5 parsecs\non: maybe\nn: -1\nlist: [1]\nempty: \"\"\nnothing:\n");
    MapReader reader(d.node, "a phase", d.diagnostics);
    CHECK(reader.required_string("name").empty());
    CHECK_FALSE(reader.optional_duration("for"));
    CHECK_FALSE(reader.optional_bool("on"));
    CHECK_FALSE(reader.optional_uint("n"));
    CHECK_FALSE(reader.optional_string("list"));
    CHECK(reader.required_string("empty").empty());
    CHECK(reader.required("nothing") == nullptr);
    CHECK(reader.optional("nothing") == nullptr);
    reader.finish();
    const auto& list = d.diagnostics.list();
    REQUIRE(list.size() == 8);
    CHECK(list[0].message == "a phase needs `name`");
    CHECK(list[1].where.line == 2);
    CHECK(contains(list[1].message, "`for`: "));
    CHECK(contains(list[2].message, "true or false"));
    CHECK(contains(list[3].message, "whole number"));
    CHECK(list[4].message == "`list` must be a text, not a list");
    CHECK(list[5].message == "`empty`: must not be empty");
    CHECK(list[6].message == "`nothing` has no value");
    CHECK(list[7].where.line == 1);
    CHECK(contains(list[7].message, "a phase has no key `nam`"));
    CHECK(contains(list[7].message, "\"name\""));
  }

  TEST_CASE("something else than a map is one mistake, not many") {
    Document d("[1, 2]");
    MapReader reader(d.node, "a group", d.diagnostics);
    CHECK(reader.required_string("name").empty());
    CHECK(reader.required("count") == nullptr);
    reader.finish();
    REQUIRE(d.diagnostics.size() == 1);
    CHECK(d.diagnostics.list()[0].message == "a group must be a map, not a list");
  }

  TEST_CASE("a choice names the nearest word") {
    constexpr std::array<std::string_view, 3> kWords = {"flat", "bell", "front"};
    Document d("a: bell\nb: bel\n");
    MapReader reader(d.node, "a spike", d.diagnostics);
    CHECK(reader.optional_choice("a", kWords) == 1u);
    CHECK_FALSE(reader.optional_choice("b", kWords));
    REQUIRE(d.diagnostics.size() == 1);
    CHECK(contains(d.diagnostics.list()[0].message, "\"bell\""));
  }

  TEST_CASE("one text or a list of texts") {
    Document d("a: all\nb: [x, y]\nc: {d: e}\nf: [[x], y]\n");
    MapReader reader(d.node, "a phase", d.diagnostics);
    CHECK(reader.optional_texts("a").size() == 1);
    CHECK(reader.optional_texts("b").at(1)->text() == "y");
    CHECK(reader.optional_texts("c").empty());
    CHECK(reader.optional_texts("f").size() == 1);
    CHECK(d.diagnostics.size() == 2);
  }
}
