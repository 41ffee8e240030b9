// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <map>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "base/rng.hpp"
#include "rows.hpp"
#include "support/temp_directory.hpp"

using namespace cpefleet;
using state::Position;

namespace {

using Numbers = std::map<Position, std::uint64_t>;

// The program that saves, and what it says it has saved.
class Writer {
 public:
  explicit Writer(const std::string& file) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = CPEFLEET_STATE_WRITER;
    std::string name = file;
    char* arguments[] = {program.data(), name.data(), nullptr};
    const int failed = posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    pipe_ = ends[0];
    REQUIRE(failed == 0);
  }
  ~Writer() {
    if (child_ > 0) kill();
    ::close(pipe_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // The next acknowledged save, into `numbers`; false at the end.
  bool read(Numbers& numbers) {
    test::Acknowledged line;
    if (::read(pipe_, &line, sizeof line) != static_cast<ssize_t>(sizeof line)) return false;
    auto& number = numbers[line.position];
    number = std::max(number, line.number);
    return true;
  }
  void kill() {
    int status = 0;
    REQUIRE(::kill(child_, SIGKILL) == 0);
    REQUIRE(waitpid(child_, &status, 0) == child_);
    child_ = 0;
    CHECK_MESSAGE(WIFSIGNALED(status), "the writer ended by itself: " << WEXITSTATUS(status));
  }

 private:
  pid_t child_ = 0;
  int pipe_ = -1;
};

// Reads the file as the next run would.
void check_rows(const std::string& file, const Numbers& acknowledged) {
  const auto store = state::Store::open(file, test::killed_fleet());
  REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().message()));
  Numbers saved;
  const auto loaded = (*store)->load([&](Position position, std::string_view bytes) {
    const auto number = test::row_number(bytes);
    CHECK_MESSAGE(number.has_value(), "a row is not what was saved: " << std::string(bytes.substr(0, 40)));
    saved[position] = number.value_or(0);
  });
  REQUIRE(loaded.has_value());
  for (const auto& row : acknowledged) {
    CAPTURE(row.first.group);
    CAPTURE(row.first.index);
    CHECK(saved[row.first] >= row.second);
  }
}

}  // namespace

TEST_CASE("every save that was acknowledged is in the file, whenever the program is killed") {
  constexpr std::uint64_t kKills = 50;
  constexpr std::uint64_t kKillsAFile = 10;
  const auto seed = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  CAPTURE(seed);
  std::uint64_t total = 0;
  for (std::uint64_t kill = 0; kill < kKills;) {
    const test::TempDirectory directory;
    const auto file = directory.path() + "/fleet.state";
    Numbers acknowledged;
    do {
      CAPTURE(kill);
      const auto random = mix64(seed + kill);
      Writer writer(file);
      if (random % 4 == 0) {
        // While it starts: the file is being made, or its log read back.
        std::this_thread::sleep_for(std::chrono::microseconds(below(mix64(random), 20'000)));
      } else {
        for (auto left = below(mix64(random), 200); left > 0 && writer.read(acknowledged); --left) ++total;
      }
      writer.kill();
      while (writer.read(acknowledged)) ++total;
      check_rows(file, acknowledged);
    } while (++kill % kKillsAFile != 0);
  }
  CHECK(total > 0);
}
