// SPDX-License-Identifier: Apache-2.0
#include "state/store.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/units.hpp"
#include "state/database.hpp"

namespace cpefleet::state {
namespace {

constexpr std::int64_t kApplication = 0x43504546;  // "CPEF"
constexpr std::int64_t kFormat = 1;
constexpr auto kPut = "INSERT OR REPLACE INTO device (key, record) VALUES (?1, ?2)";

std::int64_t key_of(Position position) {
  return static_cast<std::int64_t>(std::uint64_t{position.group} << 32 | position.index);
}

Position position_of(std::int64_t key) {
  const auto bits = static_cast<std::uint64_t>(key);
  return {static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits)};
}

// Several statements; the first error ends it.
Result<void> run_all(Database& database, std::initializer_list<std::string> statements) {
  for (const auto& sql : statements) {
    if (auto done = database.run(sql); !done) return done;
  }
  return {};
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

struct Numbers {
  std::int64_t application = 0;
  std::int64_t format = 0;
  std::int64_t tables = 0;
};

Result<Numbers> numbers_of(Database& database) {
  Numbers numbers;
  for (const auto& [sql, to] : {std::pair{"PRAGMA application_id", &numbers.application},
                                {"PRAGMA user_version", &numbers.format},
                                {"SELECT count(*) FROM sqlite_schema", &numbers.tables}}) {
    const auto value = database.number(sql);
    if (!value) return tl::unexpected(value.error());
    *to = *value;
  }
  return numbers;
}

// Whether the file is to be filled (true) or is this fleet's already (false).
Result<bool> judge(Database& database, const std::string& file, const std::string& mark) {
  const auto numbers = numbers_of(database);
  if (!numbers) return tl::unexpected(numbers.error());
  if (numbers->application == 0 && numbers->format == 0 && numbers->tables == 0) return true;
  if (numbers->application != kApplication) {
    return failure(
        fmt::format("{}: is an SQLite database of another program, no state file of cpefleet. Give --state "
                    "another file; it is made when there is none",
                    file));
  }
  if (numbers->format != kFormat) {
    return failure(
        fmt::format("{}: has format {}, this cpefleet reads and writes format {}. Use the version that made the "
                    "file, or give --state another file to begin anew",
                    file, numbers->format, kFormat));
  }
  const auto in_file = database.text("SELECT mark FROM fleet");
  if (!in_file) return tl::unexpected(in_file.error());
  if (*in_file != mark) {
    return failure(
        fmt::format("{}: was made for another fleet: {}. Run it with the scenario and flags it was made with, "
                    "or give --state another file to begin anew",
                    file, difference(*in_file, mark)));
  }
  return false;
}

Result<void> prepare(Database& database, const std::string& file, const std::string& mark, std::string_view secret) {
  if (database.read_only()) return failure(fmt::format("{}: cannot be written to", file));
  // Locked from the first look to the end of the process. Nothing is written before the file is known to be ours.
  if (auto done = run_all(database, {"PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"}); !done) return done;
  const auto empty = judge(database, file, mark);
  if (!empty) return tl::unexpected(empty.error());
  if (auto done = database.run("COMMIT"); !done) return done;

  const auto mode = database.text("PRAGMA journal_mode = WAL");
  if (!mode) return tl::unexpected(mode.error());
  if (*mode != "wal") return failure(fmt::format("{}: this file system cannot hold a write-ahead log", file));
  auto done = run_all(database, {"PRAGMA synchronous = FULL", "PRAGMA secure_delete = OFF",
                                 // Of a large transaction the log keeps no more than this on the disk.
                                 "PRAGMA journal_size_limit = 67108864"});
  if (!done || !*empty) return done;
  return run_all(database,
                 {"BEGIN IMMEDIATE", fmt::format("PRAGMA application_id = {}", kApplication),
                  fmt::format("PRAGMA user_version = {}", kFormat),
                  "CREATE TABLE fleet (mark TEXT NOT NULL, secret TEXT NOT NULL)",
                  fmt::format("INSERT INTO fleet (mark, secret) VALUES ({}, {})", quoted(mark), quoted(secret)),
                  "CREATE TABLE device (key INTEGER PRIMARY KEY, record BLOB NOT NULL)", "COMMIT"});
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& file, const FleetMark& mark, std::string_view secret) {
  auto database = Database::open(file);
  if (!database) return tl::unexpected(database.error());
  if (auto ready = prepare(**database, file, mark.text(), secret); !ready) return tl::unexpected(ready.error());
  auto kept = (*database)->text("SELECT secret FROM fleet");
  if (!kept) return tl::unexpected(kept.error());
  return std::unique_ptr<Store>(new Store(std::move(*database), std::move(*kept)));
}

Store::Store(std::unique_ptr<Database> database, std::string secret)
    : secret_(std::move(secret)), database_(std::move(database)), writer_([this] { write_until_closed(); }) {}

Store::~Store() { static_cast<void>(close()); }

Result<std::uint64_t> Store::load(const Visitor& visit) {
  const std::lock_guard lock(database_mutex_);
  if (!database_) return failure("the state file is closed");
  std::uint64_t rows = 0;
  const auto done =
      database_->each("SELECT key, record FROM device ORDER BY key", [&](std::int64_t key, std::string_view bytes) {
        ++rows;
        visit(position_of(key), bytes);
      });
  if (!done) return tl::unexpected(done.error());
  return rows;
}

void Store::save(Position position, std::string bytes, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closing_) {
      const auto key = key_of(position);
      unsaved_.erase(key);
      waiting_.insert_or_assign(key, std::move(bytes));
      if (done) dones_.push_back(std::move(done));
      done = {};
      wake_.notify_one();
      return;
    }
  }
  if (done) done(failure("the state file is closed"));
}

Store::Health Store::health() const {
  const std::lock_guard lock(mutex_);
  Health health = health_;
  health.unsaved = unsaved_.size();
  health.waiting = waiting_.size();
  return health;
}

Result<void> Store::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  if (writer_.joinable()) writer_.join();
  {
    const std::lock_guard lock(database_mutex_);
    database_.reset();
  }
  const auto health = this->health();
  if (health.unsaved == 0) return {};
  return failure(
      fmt::format("the last state of {} devices is not in the file: {}", format_count(health.unsaved), health.error));
}

void Store::write_until_closed() {
  std::unique_lock lock(mutex_);
  bool again = false;  // what failed before, because the last transaction succeeded or there is no other chance
  for (;;) {
    wake_.wait(lock, [&] { return closing_ || again || !waiting_.empty(); });
    again = !unsaved_.empty() && (again || waiting_.empty());
    auto rows = std::exchange(again ? unsaved_ : waiting_, {});
    auto dones = again ? std::vector<Done>() : std::exchange(dones_, {});
    if (rows.empty()) return;  // closing, all written

    lock.unlock();
    const auto result = write(rows);
    lock.lock();
    health_.error = result ? std::string() : result.error().message();
    if (!result) {
      ++health_.failures;
      keep_unsaved(rows);
      if (again && closing_ && waiting_.empty()) return;
    }
    again = result && !unsaved_.empty();
    lock.unlock();
    for (const auto& done : dones) done(result);
    dones.clear();  // what they hold goes before the next wait
    lock.lock();
  }
}

void Store::keep_unsaved(Rows& rows) {
  for (auto& [key, bytes] : rows) {
    if (!waiting_.contains(key)) unsaved_.insert_or_assign(key, std::move(bytes));
  }
}

Result<void> Store::write(const Rows& rows) {
  std::vector<const Rows::value_type*> sorted;
  sorted.reserve(rows.size());
  for (const auto& row : rows) sorted.push_back(&row);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });

  const std::lock_guard lock(database_mutex_);
  auto done = database_->run("BEGIN IMMEDIATE");
  for (auto row = sorted.begin(); done && row != sorted.end(); ++row)
    done = database_->put(kPut, (*row)->first, (*row)->second);
  if (done) done = database_->run("COMMIT");
  if (!done) database_->rollback();
  return done;
}

}  // namespace cpefleet::state
