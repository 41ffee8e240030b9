// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <doctest/doctest.h>

#include "journal/cause.hpp"
#include "scenario/keys.hpp"
#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;

namespace {

Loaded threshold(const std::string& text) {
  return Loaded(std::string(kFleet) + std::string(kPhases) + "thresholds:\n  - { " + text + " }\n");
}

}  // namespace

TEST_SUITE("scenario.thresholds") {
  TEST_CASE("a threshold names a metric and may narrow it down") {
    const Loaded loaded =
        threshold("metric: sessions_failed, phase: boot, group: atas, cause: reset, that: \"count < 5\"");
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    const metrics::Threshold& read = loaded.plan->thresholds.at(0);
    CHECK(read.metric == metrics::Id::sessions_failed);
    CHECK(read.filter.phase == 0);
    CHECK(read.filter.group == 1);
    CHECK_FALSE(read.filter.any_tag);
    CHECK(read.filter.tag == "reset");
    CHECK_FALSE(read.filter.measured_only);
    CHECK(read.phase == "boot");
    CHECK(read.group == "atas");
    CHECK(read.conditions.at(0).text == "count < 5");
  }

  TEST_CASE("without a phase only what is measured counts") {
    const Loaded loaded = threshold("metric: sessions_failed, that: \"share < 1%\"");
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    CHECK(loaded.plan->thresholds[0].filter.measured_only);
    CHECK(loaded.plan->thresholds[0].filter.any_tag);
    CHECK(loaded.plan->thresholds[0].filter.phase == metrics::kAny);
  }

  TEST_CASE("unknown metrics, phases, groups, tags and conditions are refused") {
    CHECK(threshold("metric: sesions_failed, that: \"count < 5\"").says("did you mean \"sessions_failed\"", 8));
    CHECK(threshold("metric: attempts, phase: bot, that: \"count < 5\"")
              .says("no phase `bot` (did you mean \"boot\"?)", 8));
    CHECK(threshold("metric: attempts, group: ata, that: \"count < 5\"")
              .says("no group `ata` (did you mean \"atas\"?)", 8));
    CHECK(threshold("metric: attempts, rpc: Reboot, that: \"count < 5\"").says("not split by anything", 8));
    CHECK(threshold("metric: sessions_failed, rpc: Reboot, that: \"count < 5\"")
              .says("is split by cause, not by rpc", 8));
    CHECK(threshold("metric: sessions_failed, cause: rest, that: \"count < 5\"")
              .says("unknown cause `rest` (did you mean \"reset\"?)", 8));
    CHECK(threshold("metric: sessions_dropped, reason: port, that: \"count < 5\"").says("did you mean \"ports\"", 8));
    CHECK(threshold("metric: attempts, that: \"p99 < 5s\"").diagnostics.size() == 1);
    CHECK(threshold("metric: attempts, that: []").says("says nothing", 8));
    CHECK(threshold("metric: attempts").says("needs `that`", 8));
    CHECK(threshold("metric: attempts, that: { is: \"count < 5\", after: 1m }").says("no `abort: true`", 8));
    CHECK(threshold("metric: attempts, that: { si: \"count < 5\" }").says("no key `si`", 8));
    CHECK(threshold("metric: attempts, model: x, that: \"count < 5\"").says("no key `model`", 8));
  }

  TEST_CASE("the causes a threshold may name are the journal's") {
    std::vector<std::string_view> journal;
    for (const Cause cause : all_causes()) {
      if (cause != Cause::none) journal.push_back(to_string(cause));
    }
    const auto words = cause_words();
    CHECK(journal == std::vector<std::string_view>(words.begin(), words.end()));
  }
}
