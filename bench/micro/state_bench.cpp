// SPDX-License-Identifier: Apache-2.0
// What keeping a fleet in a file costs: saves a second with so many callers waiting, loading at the start, and the record's
// own bytes. Files go to $TMPDIR: name a directory on the disk that is meant, a tmpfs knows no sync.
#include <algorithm>
#include <benchmark/benchmark.h>
#include <condition_variable>
#include <deque>
#include <fmt/format.h>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/rng.hpp"
#include "datamodel/delta.hpp"
#include "profile/profile.hpp"
#include "state/record.hpp"
#include "state/store.hpp"
#include "support/temp_directory.hpp"

namespace {

using namespace cpefleet;
using state::Position;

constexpr std::size_t kRecord = 400;

// A thread that callers' next saves are posted to, as to an executor.
class Executor {
 public:
  Executor() : thread_([this] { run(); }) {}
  ~Executor() {
    post({});
    thread_.join();
  }
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    wake_.notify_one();
  }

 private:
  void run() {
    for (std::unique_lock lock(mutex_);;) {
      wake_.wait(lock, [&] { return !work_.empty(); });
      auto batch = std::exchange(work_, {});
      lock.unlock();
      for (auto& work : batch) {
        if (!work) return;
        work();
      }
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> work_;
  std::thread thread_;
};

std::unique_ptr<state::Store> open_in(const test::TempDirectory& directory) {
  auto store = state::Store::open(directory.path() + "/fleet.state", {1, {{"desks", 1'000'000, "gxp2170", "1 100%"}}});
  if (!store) throw std::runtime_error(store.error().message());
  return std::move(*store);
}

// Each caller saves, waits for done, saves its next device.
void saves(benchmark::State& state) {
  const test::TempDirectory directory;
  auto store = open_in(directory);
  Executor executor;
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t wanted = 0;
  std::uint64_t done = 0;
  std::uint32_t next = 0;
  const std::string bytes(kRecord, 'x');
  const auto callers = static_cast<std::uint64_t>(state.range(0));
  std::function<void()> save = [&] {
    const Position position{0, static_cast<std::uint32_t>(mix64(next++) % 1'000'000)};
    store->save(position, bytes, [&](const Result<void>&) {
      const std::lock_guard lock(mutex);
      if (++done + callers <= wanted) executor.post(save);
      if (done == wanted) changed.notify_one();
    });
  };
  for (auto _ : state) {
    std::unique_lock lock(mutex);
    wanted += std::max<std::uint64_t>(callers * 20, 2000);
    for (std::uint64_t i = 0; i < callers; ++i) executor.post(save);
    changed.wait(lock, [&] { return done == wanted; });
  }
  state.counters["saves"] = benchmark::Counter(static_cast<double>(done), benchmark::Counter::kIsRate);
}
BENCHMARK(saves)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10'000)->UseRealTime()->Unit(benchmark::kMillisecond);

// A million rows: written in one go, read at the start of a run.
void load(benchmark::State& state) {
  constexpr std::uint32_t kRows = 1'000'000;
  const test::TempDirectory directory;
  {
    auto store = open_in(directory);
    for (std::uint32_t i = 0; i < kRows; ++i) store->save({0, i}, std::string(kRecord, 'x'));
  }
  for (auto _ : state) {
    auto store = open_in(directory);
    std::size_t bytes = 0;
    const auto rows = store->load([&](Position, std::string_view record) { bytes += record.size(); });
    if (!rows || *rows != kRows || bytes != kRows * kRecord) throw std::runtime_error("not what was saved");
  }
}
BENCHMARK(load)->UseRealTime()->Unit(benchmark::kMillisecond);

struct Provisioned {
  std::shared_ptr<const datamodel::Schema> schema;
  state::DeviceRecord record;

  // As many values as an ACS usually sets, in a shipped model.
  explicit Provisioned(std::size_t values) {
    profile::Loader loader({CPEFLEET_SOURCE_DIR "/profiles"});
    Diagnostics diagnostics;
    const auto profile = loader.load("gxp2170", diagnostics);
    if (!profile) throw std::runtime_error(diagnostics.text());
    schema = profile->firmware[profile->default_firmware].schema;
    record.bootstrapped = record.powered = true;
    record.acs_url = "http://acs.example:7547/";
    record.periodic_due = WallTime{std::chrono::seconds{1'767'225'600}};
    for (std::size_t id = 0; id < schema->size() && values > 0; ++id) {
      const auto& node = schema->node(static_cast<datamodel::NodeId>(id));
      if (node.kind != datamodel::NodeKind::parameter || !node.writable || node.source != datamodel::Source::text)
        continue;
      datamodel::Key key{static_cast<datamodel::NodeId>(id), {}};
      std::fill_n(key.at.begin(), node.tables, datamodel::Instance{1});
      record.delta.put(datamodel::Delta::Kind::value, key, "some value");
      --values;
    }
  }
};

void encode(benchmark::State& state) {
  const Provisioned device(static_cast<std::size_t>(state.range(0)));
  std::size_t bytes = 0;
  for (auto _ : state) bytes = encode(device.record, *device.schema).size();
  state.SetLabel(fmt::format("{} bytes", bytes));
}
BENCHMARK(encode)->Arg(0)->Arg(20)->Arg(200);

void decode(benchmark::State& state) {
  const Provisioned device(static_cast<std::size_t>(state.range(0)));
  const auto bytes = encode(device.record, *device.schema);
  for (auto _ : state) benchmark::DoNotOptimize(state::decode(bytes, *device.schema));
}
BENCHMARK(decode)->Arg(0)->Arg(20)->Arg(200);

}  // namespace
