// SPDX-License-Identifier: Apache-2.0
#include "state/store.hpp"

#include <atomic>
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <sqlite3.h>
#include <sys/resource.h>

#include "support/temp_directory.hpp"

using namespace cpefleet;
using state::FleetMark;
using state::Position;
using state::Store;

namespace {

FleetMark mark() { return {1, {{"desks", 100, "gxp2170", "1.0.11.48 100%"}}}; }

struct File {
  test::TempDirectory directory;
  std::string name = directory.path() + "/fleet.state";

  [[nodiscard]] std::unique_ptr<Store> open() const {
    auto store = Store::open(name, mark());
    REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().message()));
    return std::move(*store);
  }
  // Why it cannot be opened; "" when it can.
  [[nodiscard]] std::string refusal(const FleetMark& of = mark()) const {
    auto store = Store::open(name, of);
    return store ? "" : store.error().message();
  }
  [[nodiscard]] std::string bytes() const {
    std::ifstream in(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

// What a writer waits for.
Result<void> save_and_wait(Store& store, Position position, std::string bytes) {
  std::promise<Result<void>> promise;
  store.save(position, std::move(bytes), [&](Result<void> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

std::map<Position, std::string> rows(Store& store) {
  std::map<Position, std::string> out;
  const auto count = store.load([&](Position position, std::string_view bytes) {
    CHECK((out.empty() || out.rbegin()->first < position));
    out.emplace(position, bytes);
  });
  CHECK(count == out.size());
  return out;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void sql(const std::string& file, const std::string& statements) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &connection) == SQLITE_OK);
  CHECK(sqlite3_exec(connection, statements.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(connection);
}

// While it lives, no file of this process grows beyond `bytes`: what a full disk looks like to a program, for all users.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, handler_));
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace

TEST_CASE("what was saved is there when the file is opened again, by ascending position") {
  const File file;
  const std::string odd("\0\xff", 2);
  {
    auto store = file.open();
    CHECK(rows(*store).empty());
    CHECK(save_and_wait(*store, {1, 0}, "b").has_value());
    CHECK(save_and_wait(*store, {0, 4'294'967'295}, odd).has_value());
    CHECK(save_and_wait(*store, {0, 7}, "").has_value());
    CHECK(save_and_wait(*store, {2'147'483'647, 5}, "last").has_value());
    CHECK(rows(*store).size() == 4);
  }
  auto store = file.open();
  CHECK(rows(*store) == std::map<Position, std::string>{
                            {{0, 7}, ""}, {{0, 4'294'967'295}, odd}, {{1, 0}, "b"}, {{2'147'483'647, 5}, "last"}});
}

TEST_CASE("a later save takes the place of an earlier one, and every done comes") {
  const File file;
  constexpr int kSaves = 1000;
  std::atomic<int> done = 0;
  {
    auto store = file.open();
    for (int i = 1; i <= kSaves; ++i) {
      store->save({0, static_cast<std::uint32_t>(i % 3)}, std::to_string(i), [&](const Result<void>& result) {
        CHECK(result.has_value());
        ++done;
      });
    }
    CHECK(store->close().has_value());
    CHECK(done == kSaves);
  }
  auto store = file.open();
  CHECK(rows(*store) == std::map<Position, std::string>{{{0, 0}, "999"}, {{0, 1}, "1000"}, {{0, 2}, "998"}});
}

TEST_CASE("what nobody waits for is in the file after the end") {
  const File file;
  {
    auto store = file.open();
    for (std::uint32_t i = 0; i < 500; ++i) store->save({0, i}, "x");
  }
  CHECK(rows(*file.open()).size() == 500);
}

TEST_CASE("a done may save, and the end waits for that too") {
  const File file;
  {
    auto store = file.open();
    std::promise<void> saved;
    store->save({0, 0}, "first", [&](const Result<void>&) {
      store->save({0, 1}, "second");
      saved.set_value();
    });
    saved.get_future().wait();
  }
  CHECK(rows(*file.open()).size() == 2);
}

TEST_CASE("many threads save at once") {
  const File file;
  auto store = file.open();
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (std::uint32_t group = 0; group < 4; ++group) {
    threads.emplace_back([&, group] {
      for (std::uint32_t i = 0; i < 25; ++i) failed += save_and_wait(*store, {group, i}, "x").has_value() ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(rows(*store).size() == 100);
  CHECK(store->health().failures == 0);
}

TEST_CASE("after the end a save is answered with an error, and the end is the same again") {
  const File file;
  auto store = file.open();
  CHECK(store->close().has_value());
  CHECK(store->close().has_value());
  CHECK_FALSE(save_and_wait(*store, {0, 0}, "x").has_value());
  CHECK_FALSE(store->load([](Position, std::string_view) {}).has_value());
}

TEST_CASE("the file of another fleet is refused, the difference said and the file left as it is") {
  const File file;
  static_cast<void>(save_and_wait(*file.open(), {0, 1}, "x"));
  const auto before = file.bytes();
  auto other = mark();
  other.seed = 2;
  const auto why = file.refusal(other);
  CHECK(contains(why, "seed 1 in the file, seed 2 in this run"));
  CHECK(contains(why, file.name));
  CHECK(contains(why, "--state"));
  CHECK(file.bytes() == before);
  CHECK(rows(*file.open()).size() == 1);
}

TEST_CASE("names in a mark may hold any character") {
  const File file;
  auto odd = mark();
  odd.groups[0].name = "o'brien\"; DROP TABLE device; --";
  CHECK(file.refusal(odd).empty());
  CHECK(file.refusal(odd).empty());
}

TEST_CASE("a file of another format is refused") {
  const File file;
  static_cast<void>(file.open());
  sql(file.name, "PRAGMA user_version = 2");
  const auto why = file.refusal();
  CHECK(contains(why, "format 2"));
  CHECK(contains(why, "--state"));
}

TEST_CASE("a database of another program is refused and left as it is") {
  const File file;
  SUBCASE("with tables") { sql(file.name, "CREATE TABLE notes (text)"); }
  SUBCASE("with a mark of its own") { sql(file.name, "PRAGMA application_id = 7"); }
  SUBCASE("with a version of its own") { sql(file.name, "PRAGMA user_version = 1"); }
  const auto before = file.bytes();
  CHECK(contains(file.refusal(), "another program"));
  CHECK(file.bytes() == before);
}

TEST_CASE("a file that is no database is refused and left as it is") {
  const File file;
  std::string text;
  SUBCASE("short") { text = "version: 1\n"; }
  SUBCASE("long") { text.assign(100'000, 'x'); }
  file.directory.write("fleet.state", text);
  CHECK(contains(file.refusal(), "no state file"));
  CHECK(file.bytes() == text);
}

TEST_CASE("an empty file is filled") {
  const File file;
  file.directory.write("fleet.state", "");
  CHECK(file.refusal().empty());
  CHECK_FALSE(file.bytes().empty());
}

TEST_CASE("a file in use is refused, and free after the end") {
  const File file;
  auto store = file.open();
  CHECK(contains(file.refusal(), "in use by another running cpefleet"));
  CHECK(save_and_wait(*store, {0, 1}, "x").has_value());
  CHECK(contains(file.refusal(), "in use by another running cpefleet"));
  store.reset();
  CHECK(file.refusal().empty());
}

TEST_CASE("a place where no file can be is refused with its name") {
  const test::TempDirectory directory;
  for (const auto& name : {directory.path(), directory.path() + "/none/fleet.state", std::string()}) {
    CAPTURE(name);
    const auto store = Store::open(name, mark());
    REQUIRE_FALSE(store.has_value());
    CHECK(contains(store.error().message(), name));
  }
}

TEST_CASE("only its owner may read the file, and none but it and its log is made") {
  const File file;
  const auto store = file.open();
  static_cast<void>(save_and_wait(*store, {0, 1}, "x"));
  for (const auto& entry : std::filesystem::directory_iterator(file.directory.path())) {
    CAPTURE(entry.path().string());
    CHECK((entry.path() == file.name || entry.path() == file.name + "-wal"));
    CHECK((entry.status().permissions() & std::filesystem::perms(0077)) == std::filesystem::perms::none);
  }
}

TEST_CASE("a damaged file is an error, not a crash") {
  const File file;
  {
    auto store = file.open();
    for (std::uint32_t i = 0; i < 1000; ++i) store->save({0, i}, std::string(300, 'x'));
  }
  std::filesystem::resize_file(file.name, std::filesystem::file_size(file.name) / 2);
  auto store = Store::open(file.name, mark());
  const auto loaded =
      store ? (*store)->load([](Position, std::string_view) {}) : Result<std::uint64_t>(tl::unexpected(store.error()));
  REQUIRE_FALSE(loaded.has_value());
  CHECK(contains(loaded.error().message(), "damaged"));
}

TEST_CASE("a disk that takes no more is reported to every done and by health(), and later saves bring all of it") {
  const File file;
  auto store = file.open();
  CHECK(save_and_wait(*store, {0, 0}, "before").has_value());
  {
    const FileSizeLimit limit(64 * 1024);
    const auto refused = save_and_wait(*store, {0, 1}, std::string(1 << 20, 'x'));
    REQUIRE_FALSE(refused.has_value());
    CHECK(contains(refused.error().message(), file.name));
    CHECK(store->health().unsaved == 1);
    CHECK(store->health().failures == 1);
    CHECK(store->health().error == refused.error().message());
    // Small things still fit; the large one is tried behind them, in vain.
    CHECK(save_and_wait(*store, {0, 2}, "small").has_value());
    CHECK_FALSE(save_and_wait(*store, {0, 3}, std::string(1 << 20, 'y')).has_value());
    store->save({0, 3}, "newer");
  }
  // Behind the first that succeeds, before the next.
  CHECK(save_and_wait(*store, {0, 0}, "after").has_value());
  CHECK(save_and_wait(*store, {0, 0}, "after").has_value());
  CHECK(rows(*store).contains({0, 1}));
  CHECK(store->close().has_value());
  CHECK(store->health().unsaved == 0);
  CHECK(store->health().error.empty());
  const auto all = rows(*file.open());
  CHECK(all.at({0, 0}) == "after");
  CHECK(all.at({0, 1}) == std::string(1 << 20, 'x'));
  CHECK(all.at({0, 2}) == "small");
  CHECK(all.at({0, 3}) == "newer");
}

TEST_CASE("an end on a full disk says what is not in the file") {
  const File file;
  {
    auto store = file.open();
    CHECK(save_and_wait(*store, {0, 0}, "before").has_value());
    const FileSizeLimit limit(64 * 1024);
    store->save({0, 1}, std::string(1 << 20, 'x'));
    store->save({0, 2}, std::string(1 << 20, 'x'));
    const auto closed = store->close();
    REQUIRE_FALSE(closed.has_value());
    CHECK(contains(closed.error().message(), " 2 devices"));
  }
  CHECK(rows(*file.open()) == std::map<Position, std::string>{{{0, 0}, "before"}});
}
