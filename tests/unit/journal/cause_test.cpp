// SPDX-License-Identifier: Apache-2.0
#include "journal/cause.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace cpefleet;

TEST_CASE("every cause has its own name and is found by it") {
  std::set<std::string_view> names;
  for (const auto cause : all_causes()) {
    CHECK(parse_cause(to_string(cause)) == cause);
    CHECK(names.insert(to_string(cause)).second);
  }
  CHECK(names.size() == static_cast<std::size_t>(Cause::internal) + 1);
  CHECK(!parse_cause(""));
  CHECK(!parse_cause("Reset"));
}
