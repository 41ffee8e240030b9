// SPDX-License-Identifier: Apache-2.0
#include "report/progress.hpp"

#include <doctest/doctest.h>
#include <string>

#include "base/text.hpp"

using namespace cpefleet;
using namespace cpefleet::report;
using namespace std::chrono_literals;

TEST_CASE("the progress line says where a run stands") {
  Progress p;
  p.elapsed = 150'400ms;
  p.phase = "storm";
  p.phase_done = 0.42;
  p.devices = 60'000;
  p.started = 25'200;
  p.in_flight = 1234;
  p.done = 23'950;
  p.failed = 16;
  p.rate = 312.4;
  p.p99 = 1230ms;
  p.backlog = 17;
  CHECK(progress_line(p) ==
        "2m30s storm 42%, 60k dev, 25.2k started, 1234 open, 23.9k done, 16 failed, 312/s, p99 1.23s, 17 wait");
}

TEST_CASE("what is not known is left out of the progress line") {
  CHECK(progress_line({}) == "0s, 0 dev, 0 started, 0 open, 0 done, 0 failed, 0/s");
}

TEST_CASE("the progress line fits 100 columns") {
  Progress p;
  p.elapsed = 99h + 59min + 59s;
  p.phase = "größer-als-jede-andere-phase";
  p.phase_done = 1;
  p.devices = p.started = p.in_flight = p.done = p.failed = p.backlog = 999'499;
  p.rate = 99'949;
  p.p99 = 59min + 59s;
  const auto line = progress_line(p);
  CHECK_MESSAGE(count_characters(line) <= 100, line);
  CHECK(line.find("999k open") != std::string::npos);
  p.devices = p.started = p.in_flight = p.done = p.failed = p.backlog = UINT64_MAX;
  p.elapsed = Duration::max();
  CHECK(count_characters(progress_line(p)) <= 100);
}
