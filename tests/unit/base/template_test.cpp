// SPDX-License-Identifier: Apache-2.0
#include "base/template.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cpefleet;

namespace {

bool lookup(std::string_view name, std::string& out) {
  if (name == "i")
    out += "4711";
  else if (name == "mac")
    out += "000B82AbCdEf";
  else if (name == "csv.USER")
    out += "anna";
  else
    return false;
  return true;
}

std::string expanded(std::string_view text) {
  const auto compiled = Template::compile(text);
  REQUIRE_MESSAGE(compiled.has_value(), (compiled ? "" : compiled.error().message()));
  std::string out;
  compiled->expand(lookup, out);
  return out;
}

std::string error_of(std::string_view text) {
  const auto compiled = Template::compile(text);
  return compiled ? "" : compiled.error().message();
}

}  // namespace

TEST_CASE("places are filled in with their formats") {
  CHECK(expanded("") == "");
  CHECK(expanded("plain") == "plain");
  CHECK(expanded("000B82{i:06x}") == "000B82001267");
  CHECK(expanded("{i:06X}/{i:x}/{i:d}/{i:08d}/{i:6d}") == "001267/1267/4711/00004711/  4711");
  CHECK(expanded("{mac:lower} {mac:upper} {mac:colons}") == "000b82abcdef 000B82ABCDEF 00:0B:82:Ab:Cd:Ef");
  CHECK(expanded("<{csv.USER}>") == "<anna>");
}

TEST_CASE("doubled braces are braces") { CHECK(expanded("{{i}} {{{i}}}") == "{i} {4711}"); }

TEST_CASE("an unknown place is left as it is written") {
  CHECK(expanded("a{nobody}b{pool.x:lower}") == "a{nobody}b{pool.x:lower}");
}

TEST_CASE("a number format leaves what is no number as it is") { CHECK(expanded("{mac:06x}") == "000B82AbCdEf"); }

TEST_CASE("an unknown format is an error that names it") {
  CHECK(error_of("x{i:q}").find("\"q\"") != std::string::npos);
  CHECK(error_of("{mac:lwer}").find("\"lwer\"") != std::string::npos);
  for (const std::string text : {"{i:}", "{i:0-6x}", "{i:99999999999999999999x}", "{i:65d}", "{i:6}"})
    CHECK(error_of(text) != "");
}

TEST_CASE("unbalanced braces and empty names are errors") {
  for (const std::string text : {"{", "}", "a{i", "a}b", "{}", "{ i}", "{a{b}", "{:x}", "{{{"})
    CHECK_MESSAGE(error_of(text) != "", text);
}

TEST_CASE("names are listed once, without formats") {
  const auto compiled = Template::compile("{i:06x}-{mac}-{i}");
  REQUIRE(compiled);
  CHECK(compiled->names() == std::vector<std::string_view>{"i", "mac"});
  CHECK(compiled->text() == "{i:06x}-{mac}-{i}");
}
