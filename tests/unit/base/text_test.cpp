// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <array>
#include <doctest/doctest.h>
#include <string>

using namespace cpefleet;
using namespace std::chrono;

TEST_CASE("trim, lower case and split do what they say") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim("  ") == "");
  CHECK(to_lower("ÄBC") == "Äbc");
  CHECK(equal_ignoring_case("Content-Type", "content-TYPE"));
  CHECK(!equal_ignoring_case("a", "ab"));
  CHECK(split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("numbers are taken whole or not at all") {
  CHECK(parse_int("-9223372036854775808") == INT64_MIN);
  CHECK(parse_int("+5") == 5);
  CHECK(parse_uint("18446744073709551615") == UINT64_MAX);
  CHECK(parse_double("1.5e3") == 1500.0);
  for (const std::string text : {"", " 1", "1 ", "1x", "+-1", "--1", "0x1", "9223372036854775808"})
    CHECK(!parse_int(text));
  for (const std::string text : {"", "-1", "+1", "18446744073709551616"}) CHECK(!parse_uint(text));
  for (const std::string text : {"", "inf", "nan", "1e999", "+-1", "1.5x"}) CHECK(!parse_double(text));
}

TEST_CASE("the nearest known word is proposed only when it is near") {
  const std::array<std::string_view, 3> known{"constant", "ramp", "spike"};
  CHECK(nearest_word("constnat", known) == "constant");
  CHECK(nearest_word("RAMP", known) == "ramp");
  CHECK(nearest_word("spke", known) == "spike");
  CHECK(nearest_word("poisson", known) == "");
  CHECK(nearest_word("", known) == "");
  CHECK(nearest_word("x", std::array<std::string_view, 1>{"y"}) == "");
  CHECK(did_you_mean("ram", known) == " (did you mean \"ramp\"?)");
  CHECK(did_you_mean("zzz", known) == " (known: constant, ramp, spike)");
  CHECK(did_you_mean("zzz", std::vector<std::string_view>(40, "long")) == "");
}

TEST_CASE("characters of UTF-8 count once, ill-formed bytes one each") {
  CHECK(count_characters("") == 0);
  CHECK(count_characters("aé€😀") == 4);
  CHECK(count_characters("\xff\xc3") == 2);
  CHECK(count_characters("\xe2\x82") == 2);
  CHECK(count_characters("\xc0\x80") == 2);
}

TEST_CASE("UTC is written as xsd:dateTime") {
  const WallTime t{sys_days{year{2026} / 11 / 23} + hours{1} + minutes{2} + seconds{3} + microseconds{45}};
  CHECK(format_utc(t) == "2026-11-23T01:02:03Z");
  CHECK(format_utc(t, true) == "2026-11-23T01:02:03.000045Z");
  CHECK(format_utc(WallTime{microseconds{-1}}, true) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("dateTimes are read with fractions and zones") {
  const WallTime t{sys_days{year{2026} / 11 / 23} + hours{1} + minutes{2} + seconds{3}};
  CHECK(parse_date_time("2026-11-23T01:02:03Z") == t);
  CHECK(parse_date_time("2026-11-23T01:02:03") == t);
  CHECK(parse_date_time("2026-11-23T03:02:03+02:00") == t);
  CHECK(parse_date_time("2026-11-22T19:32:03.5-05:30") == t + milliseconds{500});
  CHECK(parse_date_time("2026-11-23T01:02:03.1234567890Z") == t + microseconds{123456});
  CHECK(parse_date_time("0001-01-01T00:00:00Z"));
  CHECK(parse_date_time("2024-02-29T24:00:00Z") == WallTime{sys_days{year{2024} / 3 / 1}});
  for (const std::string text :
       {"", "now", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-23T24:00:01Z",
        "2026-11-23T01:60:00Z", "2026-11-23T01:00:60Z", "2026-11-23T01:02:03.Z", "2026-11-23T01:02:03z",
        "2026-11-23T01:02:03+2", "2026-11-23T01:02:03+15:00", "2026-11-23 01:02:03Z", "2026-11-23T01:02:03ZZ",
        "-2026-11-23T01:02:03Z"})
    CHECK_MESSAGE(!parse_date_time(text), text);
}
