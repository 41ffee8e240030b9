// SPDX-License-Identifier: Apache-2.0
#include "report/json.hpp"

#include <doctest/doctest.h>
#include <string>

#include "example.hpp"
#include "report/summary.hpp"

using namespace cpefleet;
using namespace cpefleet::report;

namespace {

std::string error_of(const std::string& json) {
  const auto parsed = parse_results(json);
  return parsed ? "" : parsed.error().message();
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("results that are written are read back, to the last bucket") {
  const auto original = example_results();
  const auto json = results_json(original);
  const auto parsed = parse_results(json);
  REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message()));
  CHECK(results_json(*parsed) == json);
  CHECK(summary(*parsed) == summary(original));
  CHECK(parsed->snapshot.counters() == original.snapshot.counters());
  CHECK(parsed->snapshot.histograms() == original.snapshot.histograms());
  CHECK(parsed->snapshot.unmeasured().at(0));
  CHECK(parsed->wall_start == original.wall_start);
  CHECK(parsed->duration == original.duration);
  CHECK(parsed->exit_codes == original.exit_codes);
}

TEST_CASE("results of nothing, and with numbers at their limits, are read back") {
  RunResults r;
  r.seed = UINT64_MAX;
  r.scenario = "\"\\\n\x01é";
  r.duration = std::chrono::nanoseconds{1};
  r.snapshot.add({metrics::Id::posts, 7, 9, ""}, UINT64_MAX);  // a phase and a group without names
  metrics::Histogram h;
  h.add(std::chrono::hours{1000});
  h.add(std::chrono::seconds{0});
  r.snapshot.add({metrics::Id::inform_time, 7, 9, ""}, h);
  const auto parsed = parse_results(results_json(r));
  REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message()));
  CHECK(results_json(*parsed) == results_json(r));
  CHECK(parsed->snapshot.counters() == r.snapshot.counters());
  CHECK(parsed->snapshot.histograms() == r.snapshot.histograms());
  CHECK(parsed->scenario == r.scenario);
}

TEST_CASE("what is no results file is refused, in words") {
  CHECK(error_of("").find("not JSON") != std::string::npos);
  CHECK(error_of("{").find("not JSON") != std::string::npos);
  for (const std::string text : {"[]", "null", "{}", "1", "{\"format\": 1}", "{\"format\": \"other\"}"})
    CHECK_MESSAGE(error_of(text) != "", text);
  CHECK(error_of(std::string(100'000, '[')) != "");
  CHECK(error_of("{\"format\": \"cpefleet-results\", \"format_version\": 2}").find("version 2") != std::string::npos);
}

TEST_CASE("a wrong value is an error that names its key") {
  const auto json = results_json(example_results());
  CHECK(error_of(replaced(json, "\"seed\": 42", "\"seed\": -1")).find("scenario.seed") != std::string::npos);
  CHECK(error_of(replaced(json, "\"measured\": false", "\"measured\": 0")).find("phases[0].measured") !=
        std::string::npos);
  CHECK(error_of(replaced(json, "\"duration_ms\": 751250", "\"duration_ms\": 1e300")).find("run.duration_ms") !=
        std::string::npos);
  CHECK(error_of(replaced(json, "\"phase\": \"storm\"", "\"phase\": \"nobody\"")) != "");
  CHECK(error_of(replaced(json, "\"buckets_us\": [[", "\"buckets_us\": [1, [")) != "");
  CHECK(error_of(replaced(json, "\"buckets_us\": [[", "\"buckets_us\": [[1")) != "");
  CHECK(error_of(replaced(json, "\"started_at\": \"", "\"started_at\": \"x")).find("run.started_at") !=
        std::string::npos);
  CHECK(error_of(replaced(json, "\"groups\": [", "\"groups\": [7, ")).find("groups") != std::string::npos);
}

TEST_CASE("keys and metrics of a newer version are left out") {
  auto json = results_json(example_results());
  json = replaced(json, "\"scenario\": {", "\"new\": [1], \"scenario\": {\"newer\": {},");
  json = replaced(json, "\"metrics\": {", "\"metrics\": {\"brand_new\": 7,");
  CHECK(error_of(json) == "");
}
