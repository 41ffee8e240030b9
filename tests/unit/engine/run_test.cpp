// SPDX-License-Identifier: Apache-2.0
#include "engine/run.hpp"

#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>
#include <memory>
#include <set>
#include <tuple>

#include "simulated_fleet.hpp"
#include "transport/curl_transport.hpp"

using namespace cpefleet;
using namespace std::chrono_literals;
using metrics::Id;

namespace {

class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{std::chrono::steady_clock::now() - start_}; }
  [[nodiscard]] WallTime wall_start() const override { return WallTime{}; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

using Start = std::tuple<std::int64_t, std::uint32_t, std::uint32_t>;

// The planned starts of a run on real threads against a port where nobody listens.
struct Outcome {
  std::set<Start> starts;
  report::RunResults results;
};
constexpr const char* kSteady = R"(
version: 1
name: starts
seed: 11
fleet:
  - { group: a, profile: gxp2170, count: 70, start: known }
  - { group: b, profile: ht802, count: 50, start: known }
phases:
  - { name: p, do: periodic, arrivals: { constant: 200/s }, for: 500ms }
)";

Outcome play(std::uint32_t threads) {
  const auto plan = test::plan_of(kSteady, "http://127.0.0.1:1/");
  const RealClock clock;
  std::vector<std::unique_ptr<test::SessionLog>> logs;
  engine::RunOptions options;
  options.threads = threads;
  options.drain = 0s;
  options.sinks = [&](std::uint32_t) {
    logs.push_back(std::make_unique<test::SessionLog>());
    return std::vector<journal::Sink*>{logs.back().get()};
  };
  engine::Run run(plan, clock, options, [](engine::Shard& shard) {
    return std::make_unique<transport::CurlTransport>(shard.context().get_executor(), shard.clock(),
                                                      transport::CurlTransportOptions{});
  });
  Outcome out;
  out.results = run.execute();
  std::int64_t first = INT64_MAX;
  for (const auto& log : logs) {
    for (const auto& s : log->sessions()) {
      if (s.trigger == "phase") first = std::min(first, s.planned.time_since_epoch().count());
    }
  }
  for (const auto& log : logs) {
    for (const auto& s : log->sessions()) {
      if (s.trigger == "phase")
        out.starts.emplace(s.planned.time_since_epoch().count() - first, s.device.group, s.device.index);
    }
  }
  return out;
}

// How many sessions are under way, and were at most.
class Concurrency final : public journal::Sink {
 public:
  void on_entry(const journal::Context& /*context*/, const journal::Entry& entry) override {
    if (std::holds_alternative<journal::SessionStarted>(entry)) most_ = std::max(most_, ++now_);
    if (std::holds_alternative<journal::Ended>(entry)) --now_;
  }
  [[nodiscard]] int most() const { return most_; }

 private:
  int now_ = 0;
  int most_ = 0;
};

}  // namespace

TEST_SUITE_BEGIN("engine.run");

TEST_CASE("the same file and seed give equal planned starts with one and two threads") {
  const auto one = play(1);
  const auto two = play(2);
  CHECK(one.starts.size() == 100);
  CHECK(one.starts == two.starts);
  for (const auto* outcome : {&one, &two}) {
    const auto& all = outcome->results.snapshot;
    CHECK(all.count(Id::sessions_planned) == 100);
    CHECK(all.count(Id::sessions_failed) + all.count(Id::sessions_done) == all.count(Id::attempts));
    CHECK(all.by_tag(Id::sessions_failed).front().first == "connect_refused");
  }
}

TEST_CASE("more starts than the shard can carry out at once come late, and do not pile up as sessions under way") {
  const auto plan = test::plan_of(R"(
version: 1
name: herd
seed: 11
limits: { max_lag: 5m }
fleet:
  - { group: a, profile: gxp2170, count: 600, start: known }
phases:
  - { name: p, do: periodic, arrivals: { once: { rate: 1000000/s } } }
)",
                                  "http://127.0.0.1:1/");
  const RealClock clock;
  Concurrency concurrency;
  engine::RunOptions options;
  options.threads = 1;
  options.drain = 3s;  // until all were carried out; their retries come later
  options.sinks = [&](std::uint32_t) { return std::vector<journal::Sink*>{&concurrency}; };
  engine::Run run(plan, clock, options, [](engine::Shard& shard) {
    return std::make_unique<transport::CurlTransport>(shard.context().get_executor(), shard.clock(),
                                                      transport::CurlTransportOptions{});
  });
  const auto results = run.execute();
  CHECK(results.snapshot.count(Id::sessions_planned) == 600);
  CHECK(results.snapshot.count(Id::sessions_started) == 600);
  CHECK(concurrency.most() < 100);
}

TEST_SUITE_END();
