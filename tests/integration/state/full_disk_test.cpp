// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows.hpp"
#include "support/temp_directory.hpp"

using namespace cpefleet;

namespace {

constexpr int kSkipped = 77;

// Small enough that a test fills it; seen by this process only, and gone with it. False where that is not allowed.
bool mount_small_disk(const std::string& where) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("tmpfs", where.c_str(), "tmpfs", 0, "size=1m") == 0;
}

Result<void> save_and_wait(state::Store& store, std::uint32_t index, std::string bytes) {
  std::promise<Result<void>> promise;
  store.save({0, index}, std::move(bytes), [&](Result<void> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

std::uint32_t rows(state::Store& store) {
  std::uint32_t count = 0;
  const auto loaded = store.load([&](state::Position, std::string_view) { ++count; });
  return loaded ? count : UINT32_MAX;
}

// In a process of its own; its exit code is 0, kSkipped, or the number of what went wrong.
int fill_a_disk(const std::string& where) {
  if (!mount_small_disk(where)) return kSkipped;
  const auto ballast = where + "/ballast";
  const int descriptor = open(ballast.c_str(), O_WRONLY | O_CREAT, 0600);
  if (descriptor < 0 || posix_fallocate(descriptor, 0, 512 * 1024) != 0 || close(descriptor) != 0) return 1;
  const auto opened = state::Store::open(where + "/fleet.state", test::killed_fleet());
  if (!opened) return 2;
  auto& store = **opened;

  std::uint32_t saved = 0;
  while (saved < 1000 && save_and_wait(store, saved, std::string(2000, 'x'))) ++saved;
  if (saved == 0 || saved == 1000) return 3;
  if (store.health().error.find("disk is full") == std::string::npos) return 4;
  if (save_and_wait(store, saved, std::string(100'000, 'y'))) return 5;  // still full, still answered
  if (rows(store) != saved) return 6;

  std::filesystem::remove(ballast);
  if (!save_and_wait(store, 0, "room again")) return 7;
  if (!store.close()) return 8;  // what had failed is in as well
  const auto again = state::Store::open(where + "/fleet.state", test::killed_fleet());
  if (!again || rows(**again) != saved + 1) return 9;
  return 0;
}

}  // namespace

TEST_CASE("a full disk is reported, the fleet goes on, and with room again everything is saved") {
  const test::TempDirectory directory;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(fill_a_disk(directory.path()));
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kSkipped) {
    MESSAGE("not tested: no small file system can be mounted here");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}
