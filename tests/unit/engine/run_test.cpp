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
Outcome play(std::uint32_t threads) {
  const auto plan = test::plan_of(R"(
version: 1
name: starts
seed: 11
fleet:
  - { group: a, profile: gxp2170, count: 70, start: known }
  - { group: b, profile: ht802, count: 50, start: known }
phases:
  - { name: p, do: periodic, arrivals: { constant: 200/s }, for: 500ms }
)",
                                  "http://127.0.0.1:1/");
  const RealClock clock;
  std::vector<std::unique_ptr<test::SessionLog>> logs;
  engine::RunOptions options;
  options.threads = threads;
  options.drain = 1s;
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

// Follows the sessions of one shard, and ends the run after so many.
class Watcher final : public journal::Sink {
 public:
  explicit Watcher(std::size_t enough) : enough_(enough) {}
  void on_entry(const journal::Context& context, const journal::Entry& entry) override {
    if (std::holds_alternative<journal::SessionStarted>(entry)) most_ = std::max(most_, ++now_);
    if (!std::holds_alternative<journal::Ended>(entry)) return;
    --now_;
    if (context.phase != journal::kNoPhase) order_.push_back(context.device.group);  // retries do not count
    if (order_.size() >= enough_) run->interrupt();
  }
  [[nodiscard]] int most() const { return most_; }
  // The groups of the devices whose sessions ended, one after another.
  [[nodiscard]] const std::vector<std::uint32_t>& order() const { return order_; }

  engine::Run* run = nullptr;

 private:
  std::size_t enough_;
  int now_ = 0;
  int most_ = 0;
  std::vector<std::uint32_t> order_;
};

// One shard against a port where nobody listens, until so many sessions have failed; their retries would come later.
report::RunResults play_until(const std::string& yaml, Watcher& watcher) {
  const auto plan = test::plan_of(yaml, "http://127.0.0.1:1/");
  const RealClock clock;
  engine::RunOptions options;
  options.threads = 1;
  options.drain = 5min;
  options.sinks = [&](std::uint32_t) { return std::vector<journal::Sink*>{&watcher}; };
  engine::Run run(plan, clock, options, [](engine::Shard& shard) {
    return std::make_unique<transport::CurlTransport>(shard.context().get_executor(), shard.clock(),
                                                      transport::CurlTransportOptions{});
  });
  watcher.run = &run;
  return run.execute();
}

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
  Watcher watcher(600);
  const auto results = play_until(R"(
version: 1
name: herd
seed: 11
limits: { max_lag: 5m }
fleet:
  - { group: a, profile: gxp2170, count: 600, start: known }
phases:
  - { name: p, do: periodic, arrivals: { once: { rate: 1000000/s } } }
)",
                                  watcher);
  CHECK(results.snapshot.count(Id::sessions_planned) == 600);
  CHECK(results.snapshot.count(Id::sessions_started) == 600);
  CHECK(results.snapshot.by_tag(Id::sessions_failed).size() == 1);  // all refused, none aborted
  CHECK(watcher.most() < 200);
}

TEST_CASE("a shard that is behind keeps the pauses of its devices, and begins what comes next when it has caught up") {
  Watcher watcher(2020);
  const auto results = play_until(R"(
version: 1
name: behind
seed: 11
limits: { max_lag: 5m }
fleet:
  - { group: slow, profile: ht802, count: 10, start: known, pace: { think: 2ms } }
  - { group: herd, profile: gxp2170, count: 2000, start: known }
  - { group: late, profile: dp750, count: 10, start: known }
phases:
  - { name: few, do: periodic, select: slow, arrivals: { once: { rate: 1000000/s } } }
  - { name: many, with: few, do: periodic, select: herd, arrivals: { once: { rate: 1000000/s } } }
  - { name: next, do: periodic, select: late, arrivals: { once: { rate: 1000/s } } }
)",
                                  watcher);
  const auto& all = results.snapshot;
  CHECK(all.count(Id::sessions_planned) == 2020);
  CHECK(all.count(Id::sessions_started) == 2020);
  // The pauses end while most of the herd still waits for its turn.
  const auto& order = watcher.order();
  REQUIRE(order.size() == 2020);
  CHECK(std::count(order.begin(), order.begin() + 1000, 0U) == 10);
}

TEST_SUITE_END();
