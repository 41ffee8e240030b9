// SPDX-License-Identifier: Apache-2.0
#include "profile/csv.hpp"

#include <doctest/doctest.h>

using namespace cpefleet;
using namespace cpefleet::profile;

namespace {

Csv parse(std::string_view text, Diagnostics& diagnostics) {
  return Csv::parse(text, "f.csv", {"a", "b"}, diagnostics);
}

}  // namespace

TEST_CASE("quotes, commas and line ends inside cells are part of them") {
  Diagnostics diagnostics;
  const auto csv = parse("# comment\n\"# another\"\r\na,b\r\n\"x, \"\"y\"\"\nz\",2\n\n,\n", diagnostics);
  CHECK(diagnostics.empty());
  REQUIRE(csv.rows() == 2);
  CHECK(csv.cell(0, "a") == "x, \"y\"\nz");
  CHECK(csv.cell(0, "b") == "2");
  CHECK(csv.cell(0, "c").empty());
  CHECK(csv.where(0).line == 4);
  CHECK(csv.where(1).line == 7);
}

TEST_CASE("what is no table of the kind asked for is said") {
  const auto message = [](std::string_view text) {
    Diagnostics diagnostics;
    (void)parse(text, diagnostics);
    return diagnostics.text();
  };
  CHECK(message("") == "f.csv: has no column \"a\"\nf.csv: has no column \"b\"\n");
  CHECK(message("a,c\n") == "f.csv: has no column \"b\"\n");
  CHECK(message("a,b\n1\n1,2,3\n") == "f.csv:2:1: 1 cells, but 2 columns\nf.csv:3:1: 3 cells, but 2 columns\n");
  CHECK(message("a,b\n1,\"2\n") == "f.csv:2:1: a quote is left open\n");
  CHECK(message(std::string(100'000, ',')).size() < 200);
  CHECK(message(std::string("a,b\n\0,\xff\n", 8)).empty());
}
