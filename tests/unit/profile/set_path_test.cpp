// SPDX-License-Identifier: Apache-2.0
#include "profile/set_path.hpp"

#include <doctest/doctest.h>

using namespace cpefleet::profile;
using cpefleet::datamodel::Instances;

TEST_CASE("numbers, ranges and {i} are rows") {
  const auto path = SetPath::parse("Device.S.1.P.{2..3}.L.{i}.Enable");
  REQUIRE(path.has_value());
  CHECK(path->schema_path == "Device.S.{i}.P.{i}.L.{i}.Enable");
  CHECK(path->names_rows());
  CHECK(path->table_at(1) == "Device.S.{i}.P.{i}.");
  std::vector<Instances> all;
  path->for_each(3, [&](const Instances& at) { all.push_back(at); });
  CHECK(all == std::vector<Instances>{{1, 2, 0}, {1, 3, 0}});
}

TEST_CASE("a path without tables and one of any row name none") {
  CHECK_FALSE(SetPath::parse("Device.A")->names_rows());
  CHECK_FALSE(SetPath::parse("Device.S.{i}.A")->names_rows());
  CHECK(SetPath::parse("Device.S.1.")->schema_path == "Device.S.{i}.");
}

TEST_CASE("ranges that are none, or name too much, are refused") {
  for (const auto* text : {"A.{}.B", "A.{3..1}.B", "A.{0..3}.B", "A.{1..}.B", "A.{x}.B", "A.{1..70000}.B",
                           "A.{1..65535}.B", "A.{1..900}.B.{1..900}.C", "A.{1..2"}) {
    CAPTURE(text);
    const auto path = SetPath::parse(text);
    CHECK((!path || path->schema_path.find("{i}") == std::string::npos));
  }
}
