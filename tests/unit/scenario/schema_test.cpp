// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <fstream>
#include <set>
#include <sstream>

#include "scenario/keys.hpp"

using namespace cpefleet::scenario;
namespace json = boost::json;

namespace {

json::value read_schema() {
  std::ifstream file(std::string(CPEFLEET_SOURCE_DIR) + "/scenarios/schema/scenario.schema.json");
  std::ostringstream text;
  text << file.rdbuf();
  return json::parse(text.str());
}

// The names of an object's members.
std::set<std::string> keys(const json::value& object) {
  std::set<std::string> all;
  for (const auto& member : object.as_object()) all.emplace(member.key());
  return all;
}

template <class Words>
std::set<std::string> set_of(const Words& words) {
  return {words.begin(), words.end()};
}

std::set<std::string> texts(const json::value& array) {
  std::set<std::string> all;
  for (const auto& item : array.as_array()) all.emplace(item.as_string());
  return all;
}

}  // namespace

TEST_SUITE("scenario.schema") {
  TEST_CASE("the JSON Schema has the keys of the loader, section by section") {
    const json::value schema = read_schema();
    const json::object& sections = schema.at("$defs").as_object();
    std::set<std::string> seen;
    for (const KnownKeys& known : known_keys()) {
      CAPTURE(std::string(known.section));
      seen.emplace(known.section);
      const json::value* section = known.section == "scenario" ? &schema : sections.if_contains(known.section);
      REQUIRE(section != nullptr);
      CHECK(keys(section->at("properties")) == set_of(known.keys));
      CHECK(section->at("additionalProperties") == json::value(false));
    }
    for (const auto& section : sections) {
      if (section.value().as_object().contains("properties")) CHECK(seen.contains(std::string(section.key())));
    }
  }

  TEST_CASE("the JSON Schema has the words of the loader") {
    const json::value schema = read_schema();
    const json::value& defs = schema.at("$defs");
    CHECK(texts(defs.at("group").at("properties").at("start").at("enum")) == set_of(kStartWords));
    CHECK(texts(defs.at("spike").at("properties").at("shape").at("enum")) == set_of(kShapeWords));
    CHECK(texts(defs.at("acs").at("properties").at("cwmp").at("enum")) == set_of(kCwmpWords));
    CHECK(texts(defs.at("tls").at("properties").at("min_version").at("enum")) == set_of(kTlsVersionWords));
    CHECK(texts(defs.at("phase").at("properties").at("do").at("anyOf").at(0).at("enum")) == set_of(kDoWords));
  }
}
