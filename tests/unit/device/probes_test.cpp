// SPDX-License-Identifier: Apache-2.0
#include "device/probes.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace cpefleet;
using namespace cpefleet::device;
using namespace std::chrono_literals;
using profile::DiagnosticsBehaviour;

namespace {

DiagnosticsBehaviour with(double loss, Duration median = 20ms, Duration p99 = 80ms, std::uint32_t hops = 8) {
  DiagnosticsBehaviour how;
  how.path = {loss, median, p99, hops};
  return how;
}

TraceOutcome trace(const DiagnosticsBehaviour& how, std::uint32_t max_hops, std::uint64_t random = 1,
                   std::string_view gateway = {}, Duration timeout = 5s) {
  return trace_route(how, "acs.example", max_hops, timeout, gateway, 7, random);
}

}  // namespace

TEST_SUITE_BEGIN("device.probes");

TEST_CASE("successes and failures of a ping are its repetitions, its times in order [D-8, D-9]") {
  for (const double loss : {0.0, 0.02, 0.5, 0.98, 1.0}) {
    for (const std::uint32_t repetitions : {1U, 4U, 100U, 4096U, 4097U, 1'000'000U, UINT32_MAX}) {
      for (std::uint64_t random = 0; random < 5; ++random) {
        const auto found = ping(with(loss), "10.0.0.1", repetitions, 5s, random);
        CAPTURE(loss);
        CAPTURE(repetitions);
        CHECK(found.state == "Complete");
        CHECK(std::uint64_t{found.success} + found.failure == repetitions);
        CHECK(found.minimum <= found.average);
        CHECK(found.average <= found.maximum);
        CHECK((found.minimum == 0) == (found.success == 0));
        CHECK((found.maximum == 0) == (found.success == 0));
        CHECK(found.lasts > 0ns);
        CHECK(found.lasts <= kLongestTest);
      }
    }
  }
}

TEST_CASE("a ping takes the time of its packets, one behind the other") {
  CHECK(ping(with(0, 30ms, 30ms), "10.0.0.1", 5, 5s, 1).lasts == 150ms);
  CHECK(ping(with(1, 30ms, 30ms), "10.0.0.1", 5, 5s, 1).lasts == 25s);
  CHECK(ping(with(0, 30ms, 30ms), "10.0.0.1", 10'000, 5s, 1).lasts == 300s);
  CHECK(ping(with(1), "10.0.0.1", UINT32_MAX, std::chrono::milliseconds{UINT32_MAX}, 1).lasts == kLongestTest);
}

TEST_CASE("loss is the share the profile says, and an answer behind the timeout is none [D-8]") {
  const auto some = ping(with(0.25), "10.0.0.1", 4000, 5s, 3);
  CHECK(some.failure > 800);
  CHECK(some.failure < 1200);
  CHECK(some.minimum >= 1);
  const auto late = ping(with(0, 30ms, 30ms), "10.0.0.1", 4, 30ms, 3);
  CHECK(late.failure == 4);
  CHECK(late.lasts == 120ms);
  CHECK(late.average == 0);
  const auto fast = ping(with(0, 1us, 1us), "10.0.0.1", 4, 30ms, 3);
  CHECK(fast.minimum == 1);  // 0 is what it is without a success
}

TEST_CASE("each run draws its own times, the same bits the same ones") {
  const auto how = with(0.1);
  const auto one = ping(how, "10.0.0.1", 50, 5s, 1);
  CHECK(one.lasts == ping(how, "10.0.0.1", 50, 5s, 1).lasts);
  CHECK(one.lasts != ping(how, "10.0.0.1", 50, 5s, 2).lasts);
}

TEST_CASE("a name that nobody knows ends a test as such, with nothing found [D-8, D-10]") {
  auto how = with(0);
  how.unresolvable = {"nowhere.example"};
  for (const auto* host :
       {"nowhere.example", "NoWhere.Example.", "a.invalid", "", "a b", "a..b", "300.1.1.1", "-/-", "10.0.0.1x y"}) {
    CAPTURE(host);
    const auto found = ping(how, host, 4, 5s, 1);
    CHECK(found.state == "Error_CannotResolveHostName");
    CHECK(found.success == 0);
    CHECK(found.failure == 0);
    CHECK(found.lasts > 0ns);
    const auto route = trace_route(how, host, 30, 5s, {}, 7, 1);
    CHECK(route.state == "Error_CannotResolveHostName");
    CHECK(route.hops.empty());
    CHECK(route.response_time == 0);
  }
  for (const auto* host : {"acs.example", "acs.example.", "10.0.0.1", "2001:db8::1", "host_1", "1.example"}) {
    CAPTURE(host);
    CHECK(ping(how, host, 4, 5s, 1).state == "Complete");
  }
}

TEST_CASE("a host of its own has a way of its own") {
  auto how = with(0, 20ms, 20ms);
  how.hosts["lost.example"] = {1, 20ms, 20ms, 8};
  CHECK(ping(how, "LOST.example", 4, 5s, 1).failure == 4);
  CHECK(ping(how, "found.example", 4, 5s, 1).failure == 0);
}

TEST_CASE("a trace route ends at the host, behind the gateway and the hops on the way [D-10]") {
  const auto how = with(0, 80ms, 80ms, 4);
  const auto found = trace(how, 30, 1, "192.168.1.1");
  CHECK(found.state == "Complete");
  REQUIRE(found.hops.size() == 4);
  CHECK(found.hops.front() == "192.168.1.1");
  CHECK(found.hops.back() == "acs.example");
  CHECK(found.hops[1].starts_with("100."));
  CHECK(found.response_time == 80);
  CHECK(found.lasts == 20ms + 40ms + 60ms + 80ms);
  CHECK(trace(how, 4, 9, "192.168.1.1").hops == found.hops);  // as far as allowed; the same way each time
  CHECK(trace_route(how, "acs.example", 30, 5s, {}, 8, 1).hops[1] != found.hops[1]);  // of another device
}

TEST_CASE("a host too far away, or one that never answers, leaves no route [D-10]") {
  const auto near = trace(with(0, 80ms, 80ms, 4), 3);
  CHECK(near.state == "Error_MaxHopCountExceeded");
  CHECK(near.hops.empty());
  CHECK(near.response_time == 0);
  CHECK(near.lasts == 20ms + 40ms + 60ms);
  const auto deaf = trace(with(1), 5);
  CHECK(deaf.state == "Error_MaxHopCountExceeded");
  CHECK(deaf.hops.empty());
  CHECK(deaf.lasts == 5 * 3 * 5s);
}

TEST_CASE("a hop that does not answer has no name") {
  int silent = 0;
  for (std::uint64_t random = 0; random < 50; ++random) {
    const auto found = trace(with(0.6), 30, random);
    if (found.state != "Complete") continue;
    CHECK(found.hops.size() == 8);
    CHECK(found.hops.back() == "acs.example");
    silent += static_cast<int>(std::count(found.hops.begin(), found.hops.end(), ""));
  }
  CHECK(silent > 0);
}

TEST_SUITE_END();
