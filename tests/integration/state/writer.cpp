// SPDX-License-Identifier: Apache-2.0
// Saves rows from several threads until it is killed, and writes each save to stdout for which `done` came:
// state_writer FILE. Started by kill_test.cpp.
#include <array>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

#include "rows.hpp"

namespace {

using namespace cpefleet;

void acknowledge(state::Position position, std::uint64_t number) {
  const test::Acknowledged line{position, number};
  if (::write(STDOUT_FILENO, &line, sizeof line) != static_cast<ssize_t>(sizeof line)) _exit(1);
}

// Keeps a few saves under way; every other one nobody waits for.
void save_for_ever(state::Store& store, std::uint32_t thread, std::uint64_t number) {
  std::mutex mutex;
  std::condition_variable fewer;
  int under_way = 0;
  for (;; ++number) {
    const state::Position position{thread, static_cast<std::uint32_t>(number % test::kDevices)};
    if (number % 3 == 0) {
      store.save(position, test::row_bytes(number));
      continue;
    }
    std::unique_lock lock(mutex);
    fewer.wait(lock, [&] { return under_way < 3; });
    ++under_way;
    lock.unlock();
    store.save(position, test::row_bytes(number), [&, position, number](const Result<void>& result) {
      if (!result) _exit(2);
      acknowledge(position, number);
      const std::lock_guard guard(mutex);
      --under_way;
      fewer.notify_one();
    });
  }
}

}  // namespace

int main(int, char** arguments) {
  auto store = state::Store::open(arguments[1], test::killed_fleet());
  if (!store) {
    std::fputs((store.error().message() + '\n').c_str(), stderr);
    return 3;
  }
  std::uint64_t last = 0;
  const auto loaded = (*store)->load([&](state::Position, std::string_view bytes) {
    last = std::max(last, test::row_number(bytes).value_or(UINT64_MAX));
  });
  if (!loaded || last == UINT64_MAX) return 4;
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < test::kThreads; ++i)
    threads.emplace_back([&store, i, last] { save_for_ever(**store, i, last + 1); });
  for (auto& thread : threads) thread.join();
}
