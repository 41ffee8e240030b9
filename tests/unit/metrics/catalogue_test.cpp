// SPDX-License-Identifier: Apache-2.0
#include "metrics/catalogue.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace cpefleet::metrics;

TEST_CASE("every metric has its own name, a unit and a definition, and is found by its name") {
  std::set<std::string_view> names;
  for (const auto& metric : catalogue()) {
    CHECK(names.insert(metric.name).second);
    CHECK(!metric.unit.empty());
    CHECK(metric.definition.ends_with("."));
    CHECK(find_metric(metric.name) == metric.id);
    CHECK(info(metric.id).name == metric.name);
  }
  CHECK(names.size() == static_cast<std::size_t>(Id::count_));
  CHECK(metric_names().size() == names.size());
  CHECK(!find_metric("session_durations"));
}
