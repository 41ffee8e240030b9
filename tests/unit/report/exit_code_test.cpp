// SPDX-License-Identifier: Apache-2.0
#include "report/exit_code.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace cpefleet::report;

TEST_CASE("where several exit codes hold, the foremost is 107, 104, 105, 98, 97, 106, 99, 1 in that order") {
  using enum ExitCode;
  const std::vector<ExitCode> order{internal_error, bad_configuration, interrupted,      generator_bottleneck,
                                    aborted,        incomplete,        threshold_failed, expectation_failed};
  const std::vector<int> numbers{107, 104, 105, 98, 97, 106, 99, 1};
  std::vector<ExitCode> codes;
  for (std::size_t i = order.size(); i-- > 0;) {
    CHECK(value(order[i]) == numbers[i]);
    codes.push_back(order[i]);
    codes.push_back(order[i]);
    CHECK(foremost(codes) == order[i]);
  }
  CHECK(in_order(codes) == order);
  CHECK(foremost({}) == passed);
  CHECK(value(foremost({})) == 0);
}

TEST_CASE("every exit code has a meaning") {
  for (const int code : {0, 1, 2, 97, 98, 99, 104, 105, 106, 107})
    CHECK(meaning(static_cast<ExitCode>(code)) != "unknown");
}
