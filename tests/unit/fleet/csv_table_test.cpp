// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "fleet/group.hpp"

using namespace cpefleet;
using namespace cpefleet::fleet;

namespace {

bool refused(std::string text, std::string_view why) {
  const auto table = CsvTable::parse(std::move(text), "f.csv");
  if (table) return false;
  INFO(table.error().message());
  CHECK(table.error().message().find(why) != std::string::npos);
  return true;
}

}  // namespace

TEST_SUITE("fleet.csv_table") {
  TEST_CASE("rows are read by column name") {
    const auto table = CsvTable::parse("mac,serial\r\n000B82000001,A1\r\n000B82000002,\r\n", "f.csv");
    REQUIRE(table);
    CHECK(table->rows() == 2);
    CHECK(table->columns() == std::vector<std::string>{"mac", "serial"});
    CHECK(table->cell(0, *table->column("serial")) == "A1");
    CHECK(table->cell(1, 0) == "000B82000002");
    CHECK(table->cell(1, 1).empty());
    CHECK_FALSE(table->column("Serial"));
    CHECK(table->cell(2, 0).empty());
    CHECK(table->cell(0, 2).empty());
  }

  TEST_CASE("quoted cells hold commas, quotes and lines") {
    const auto table = CsvTable::parse("a,b\n\"x,\"\"y\"\"\",\"one\r\ntwo\"\n\"\",z", "f.csv");
    REQUIRE(table);
    REQUIRE(table->rows() == 2);
    CHECK(table->cell(0, 0) == "x,\"y\"");
    CHECK(table->cell(0, 1) == "one\r\ntwo");
    CHECK(table->cell(1, 0).empty());
    CHECK(table->cell(1, 1) == "z");
  }

  TEST_CASE("a byte order mark, blank lines and a missing last line end do no harm") {
    const auto table = CsvTable::parse(
        "\xef\xbb\xbf"
        "mac\n\n1\n\r\n2",
        "f.csv");
    REQUIRE(table);
    CHECK(table->column("mac") == 0u);
    CHECK(table->rows() == 2);
  }

  TEST_CASE("one column with an empty quoted cell is a row") {
    const auto table = CsvTable::parse("a\n\"\"\n", "f.csv");
    REQUIRE(table);
    CHECK(table->rows() == 1);
  }

  TEST_CASE("ill-formed files are refused with the line") {
    CHECK(refused("", "no header"));
    CHECK(refused("\n\n", "no header"));
    CHECK(refused("a,b\n1,2\n1\n", "f.csv:3: 1 cells"));
    CHECK(refused("a,b\n1,2,3\n", "f.csv:2: 3 cells"));
    CHECK(refused("a,a\n", "two columns are named `a`"));
    CHECK(refused("a,\n", "column 2 has no name"));
    CHECK(refused("a\n\"x\ny\n", "f.csv:2: a quoted cell that does not end"));
    CHECK(refused("a,b\n\"x\"y,1\n", "behind the closing quote"));
    CHECK(refused("a,b\nx\"y,1\n", "a quote inside"));
    CHECK(refused("a\nx\ry\n", "carriage return"));
    CHECK(refused("a\n\"1\n2\"\n\"3\"4", "f.csv:4:"));
  }
}
