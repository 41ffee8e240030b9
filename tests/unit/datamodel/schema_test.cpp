// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.hpp"
#include "small_model.hpp"

using namespace cpefleet;
using namespace cpefleet::datamodel;
using namespace cpefleet::datamodel::test;

TEST_CASE("children are contiguous, sorted, and come after their parents") {
  const auto schema = small_schema();
  for (std::size_t i = 0; i < schema->size(); ++i) {
    const Node& node = schema->node(static_cast<NodeId>(i));
    for (unsigned c = 0; c < node.children; ++c) {
      const Node& child = schema->node(static_cast<NodeId>(node.first_child + c));
      CHECK(node.first_child > i);
      CHECK(child.parent == i);
      if (c > 0) CHECK(schema->node(static_cast<NodeId>(node.first_child + c - 1)).name < child.name);
    }
  }
}

TEST_CASE("every node is found by its path") {
  const auto schema = small_schema();
  for (std::size_t i = 0; i < schema->size(); ++i) {
    const auto id = static_cast<NodeId>(i);
    CHECK(schema->find(schema->path(id)) == id);
  }
  CHECK(schema->path(schema->find("Device.Profile.{i}.Line.{i}.User")) == "Device.Profile.{i}.Line.{i}.User");
  CHECK(schema->path(schema->find("Device.Profile.{i}.Line.{i}")) == "Device.Profile.{i}.Line.{i}.");
}

TEST_CASE("what is no schema path is not found") {
  const auto schema = small_schema();
  for (const auto* path : {"Device.Profile.", "Device.Profile.1.", "Device.{i}.", "Device.URL.X", "device.URL", "X",
                           ".", "Device..URL", "Device.Profile.{i}.{i}."}) {
    CAPTURE(path);
    CHECK(schema->find(path) == kNoNode);
  }
}

TEST_CASE("the parameters of every Inform are listed") {
  const auto schema = small_schema();
  REQUIRE(schema->forced_inform().size() == 1);
  CHECK(schema->forced_inform()[0].path == "Device.Serial");
}

TEST_CASE("missing parents are made") {
  SchemaBuilder builder;
  REQUIRE(builder.add("Device.A.B.{i}.C", parameter(Type::string, false)).has_value());
  CHECK(builder.paths() == std::vector<std::string>{"Device.", "Device.A.", "Device.A.B.{i}.", "Device.A.B.{i}.C"});
}

TEST_CASE("removing an object removes what is below and the counts of it") {
  auto builder = small_builder();
  CHECK(builder.remove("Device.Profile.{i}."));
  CHECK_FALSE(builder.remove("Device.Profile.{i}."));
  const auto paths = builder.paths();
  CHECK(std::none_of(paths.begin(), paths.end(), [](const auto& p) { return p.starts_with("Device.Profile."); }));
  CHECK(std::find(paths.begin(), paths.end(), "Device.Profiles") != paths.end());
  CHECK(builder.build().has_value());
}

TEST_CASE("paths that cannot be in a data model are refused") {
  SchemaBuilder builder;
  const auto plain = parameter(Type::string, false);
  for (const auto* path : {"", ".", "A..B", "{i}", "A.{i}.{i}.B", "A.B C", "A.1.B",
                           "A.{i}.B.{i}.C.{i}.D.{i}.E.{i}.F.{i}.G", "A.B.", "A.{i}"}) {
    CAPTURE(path);
    CHECK_FALSE(builder.add(path, plain).has_value());
  }
  CHECK_FALSE(builder.add(std::string(300, 'a'), plain).has_value());
  CHECK(builder.paths().empty());
  REQUIRE(builder.add("A.B", plain).has_value());
  CHECK_FALSE(builder.add("A.B.C", plain).has_value());
  CHECK_FALSE(builder.add("A.B.{i}.", table(false)).has_value());
}

TEST_CASE("links to what is not there, or is there several times, are refused") {
  auto builder = small_builder();
  builder.link_count("Device.Profiles", "Device.Nothing.{i}.");
  CHECK_FALSE(builder.build().has_value());
  builder = small_builder();
  builder.link_count("Device.Profiles", "Device.Profile.{i}.Line.{i}.");
  CHECK_FALSE(builder.build().has_value());
  builder = small_builder();
  builder.link_limit("Device.Profile.{i}.", "Device.Profile.{i}.Lines");
  CHECK_FALSE(builder.build().has_value());
}

TEST_CASE("a pattern that is no regular expression is refused") {
  auto builder = small_builder();
  for (const auto* pattern : {"(", "[z-a]", "*", "(a)\\1"}) {
    CAPTURE(pattern);
    builder.edit("Device.URL")->pattern = pattern;
    CHECK_FALSE(builder.build().has_value());
  }
}
