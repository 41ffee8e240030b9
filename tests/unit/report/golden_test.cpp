// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>
#include <sstream>
#include <string>

#include "base/text.hpp"
#include "example.hpp"
#include "report/json.hpp"
#include "report/summary.hpp"

using namespace cpefleet;

namespace {

// Compares with tests/unit/report/NAME.golden; CPEFLEET_UPDATE_GOLDEN=1 writes it instead.
void check_golden(const std::string& name, const std::string& text) {
  const auto path = std::string(CPEFLEET_SOURCE_DIR) + "/tests/unit/report/" + name + ".golden";
  if (const char* update = std::getenv("CPEFLEET_UPDATE_GOLDEN"); update != nullptr && std::string(update) == "1") {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path);
  std::stringstream golden;
  golden << file.rdbuf();
  CHECK_MESSAGE(text == golden.str(), "differs from " << path << "; CPEFLEET_UPDATE_GOLDEN=1 rewrites it:\n" << text);
}

}  // namespace

TEST_CASE("the summary of a run is as it was") { check_golden("summary", report::summary(example_results())); }

TEST_CASE("the summary of a run without anything leaves sections out") {
  report::RunResults nothing;
  nothing.scenario = "empty";
  nothing.version = "0.1.0";
  check_golden("summary_empty", report::summary(nothing));
}

TEST_CASE("the JSON of a run is as it was") { check_golden("results", report::results_json(example_results())); }

TEST_CASE("the summary keeps to 100 columns, whatever texts it is given") {
  auto r = example_results();
  const std::string much(500, 'x');
  r.scenario = r.file = r.acs_url = r.warnings[0] = r.failures[0].detail = r.failures[0].device = r.phases[1].name =
      much;
  r.thresholds[0].what = much;
  r.failures[1].detail = "\x1b[31m\xff\xc3";
  r.groups.assign(200, "group");
  r.health.cpu.assign(128, 0.5);
  const auto text = report::summary(r);
  for (const auto line : split(text, '\n')) CHECK_MESSAGE(count_characters(line) <= 100, std::string(line));
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("what a failure was about is wrapped, not cut") {
  auto r = example_results();
  r.failures[0].detail = "the reply began";
  for (int i = 0; i < 40; ++i) r.failures[0].detail += " word" + std::to_string(i);
  const auto text = report::summary(r);
  for (int i = 0; i < 40; ++i) CHECK(text.find(" word" + std::to_string(i)) != std::string::npos);
  for (const auto line : split(text, '\n')) CHECK_MESSAGE(count_characters(line) <= 100, std::string(line));
}

TEST_CASE("a run in which no session was done says so") {
  report::RunResults r;
  r.snapshot.add({metrics::Id::attempts, 0, 0, ""}, std::uint64_t{3});
  CHECK(report::summary(r).find("! not one session was done, of 3 attempted") != std::string::npos);
  r.snapshot.add({metrics::Id::sessions_done, 0, 0, ""}, std::uint64_t{1});
  CHECK(report::summary(r).find("not one session") == std::string::npos);
}
