// SPDX-License-Identifier: Apache-2.0
#include "base/units.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cpefleet;
using namespace std::chrono_literals;

TEST_CASE("durations are read as written in files") {
  CHECK(parse_duration("30s").value() == 30s);
  CHECK(parse_duration("1h30m").value() == 90min);
  CHECK(parse_duration("40ms").value() == 40ms);
  CHECK(parse_duration("1.5s").value() == 1500ms);
  CHECK(parse_duration("2d").value() == 48h);
  CHECK(parse_duration("250us").value() == 250us);
  CHECK(parse_duration("250µs").value() == 250us);
  CHECK(parse_duration("0").value() == 0s);
  for (const std::string text : {"", "30", "s", "-5s", "5 s", "5x", "30s5m", "5m5m", "1..5s", "1.s", ".5s", "1e3s",
                                 "999999999999d", "5m ago", "\xff"})
    CHECK_MESSAGE(!parse_duration(text), text);
  CHECK(parse_duration("30").error().message() == "\"30\" has no unit: write 30s or 30ms");
  CHECK(parse_duration("fast").error().message().find("a duration such as") != std::string::npos);
}

TEST_CASE("rates are read per second, minute and hour") {
  CHECK(parse_rate("50/s").value().per_second == 50);
  CHECK(parse_rate("300/m").value().per_second == 5);
  CHECK(parse_rate("2/h").value().per_second == doctest::Approx(2.0 / 3600));
  CHECK(parse_rate("1.5k/s").value().per_second == 1500);
  CHECK(parse_rate("0/s").value().per_second == 0);
  for (const std::string text : {"", "50", "/s", "50/", "50/x", "-1/s", "50s", "a/s", "1/s/s"})
    CHECK_MESSAGE(!parse_rate(text), text);
}

TEST_CASE("sizes, counts and shares are read with their suffixes") {
  CHECK(parse_bytes("10MB").value() == 10'000'000);
  CHECK(parse_bytes("4KiB").value() == 4096);
  CHECK(parse_bytes("1.5kb").value() == 1500);
  CHECK(parse_bytes("512").value() == 512);
  CHECK(parse_count("100k").value() == 100'000);
  CHECK(parse_count("1M").value() == 1'000'000);
  CHECK(parse_count("1.25k").value() == 1250);
  CHECK(parse_share("70%").value() == doctest::Approx(0.7));
  CHECK(parse_share("0.7").value() == doctest::Approx(0.7));
  CHECK(parse_share("100%").value() == 1.0);
  for (const std::string text : {"", "-1", "MB", "1.5", "1XB", "99999999999999TB"})
    CHECK_MESSAGE(!parse_bytes(text), text);
  for (const std::string text : {"", "-1", "1m", "0.5", "1.0001k1", "1e3"}) CHECK_MESSAGE(!parse_count(text), text);
  for (const std::string text : {"", "-1%", "70", "101%", "x", "5%%"}) CHECK_MESSAGE(!parse_share(text), text);
  CHECK(parse_share("70").error().message().find("did you mean 70%") != std::string::npos);
}

TEST_CASE("quantities are written for people") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(80ms) == "80ms");
  CHECK(format_duration(1250ms) == "1.25s");
  CHECK(format_duration(5min) == "5m");
  CHECK(format_duration(90min) == "1h30m");
  CHECK(format_duration(1h + 1s) == "1h1s");
  CHECK(format_duration(12'345us) == "12.3ms");
  CHECK(format_duration(999'900us) == "1s");
  CHECK(format_duration(999'900ns) == "1ms");
  CHECK(format_duration(59'990ms) == "1m");
  CHECK(format_duration(42us) == "42µs");
  CHECK(format_duration(7ns) == "7ns");
  CHECK(format_duration(-80ms) == "-80ms");
  CHECK(format_rate(Rate{50}) == "50/s");
  CHECK(format_rate(Rate{12345}) == "12,345/s");
  CHECK(format_rate(Rate{2.5}) == "2.5/s");
  CHECK(format_rate(Rate{0.05}) == "3/m");
  CHECK(format_rate(Rate{0}) == "0/s");
  CHECK(format_bytes(512) == "512B");
  CHECK(format_bytes(10'000'000) == "10MB");
  CHECK(format_bytes(1536) == "1.54KB");
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(12345) == "12,345");
  CHECK(format_count(1234567) == "1,234,567");
}

TEST_CASE("what is written is read back") {
  for (const auto d :
       {Duration{0s}, Duration{42us}, Duration{80ms}, Duration{1250ms}, Duration{5min}, Duration{90min + 7s}})
    CHECK(parse_duration(format_duration(d)).value() == d);
  for (const double r : {0.05, 1.0, 2.5, 50.0, 300.0})
    CHECK(parse_rate(format_rate(Rate{r})).value().per_second == doctest::Approx(r));
}
