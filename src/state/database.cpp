// SPDX-License-Identifier: Apache-2.0
#include "state/database.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cpefleet::state {
namespace {

std::string system_words(int number) {
  return number == 0 ? std::string() : fmt::format(" ({})", std::strerror(number));
}

std::string explain(const std::string& file, sqlite3* connection) {
  const auto system = system_words(sqlite3_system_errno(connection));
  switch (sqlite3_errcode(connection) & 0xff) {
    case SQLITE_NOTADB:
      return fmt::format("{}: is no state file of cpefleet. Give --state another file; it is made when there is none",
                         file);
    case SQLITE_BUSY:
      return fmt::format("{}: is in use by another running cpefleet. Wait for its end, or give --state another file",
                         file);
    case SQLITE_FULL:
      return fmt::format("{}: the disk is full. Make room; what could not be saved is saved as soon as there is some",
                         file);
    case SQLITE_CORRUPT:
      return fmt::format("{}: the file is damaged ({}). Begin anew with another file, or put back a copy of this one",
                         file, sqlite3_errmsg(connection));
    case SQLITE_READONLY: return fmt::format("{}: cannot be written to{}", file, system);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return fmt::format("{}: cannot be read or written: {}{}", file, sqlite3_errmsg(connection), system);
    default: return fmt::format("{}: {}{}", file, sqlite3_errmsg(connection), system);
  }
}

// SQLite takes ":memory:" and "file:..." for something else than a file in this directory.
std::string as_path(const std::string& file) { return file.starts_with('/') ? file : "./" + file; }

}  // namespace

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
void Database::Close::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

tl::unexpected<Error> Database::error() const { return failure(explain(file_, connection_.get())); }

Result<std::unique_ptr<Database>> Database::open(const std::string& file) {
  if (file.empty()) return failure("the name of the state file is empty");
  const auto path = as_path(file);
  // Only a new file: closing a descriptor of one that is open elsewhere in this process would drop its locks.
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  struct ::stat there {};
  if (made >= 0) {
    ::close(made);
  } else if (errno == EEXIST && ::stat(path.c_str(), &there) == 0 && there.st_size == 0) {
    static_cast<void>(::chmod(path.c_str(), S_IRUSR | S_IWUSR));  // nobody's yet: as if it were new
  } else if (errno != EEXIST) {
    return failure(fmt::format("{}: cannot be made{}", file, system_words(errno)));
  }

  std::unique_ptr<Database> database(new Database(file));
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database->connection_.reset(connection);
  if (code != SQLITE_OK) return database->error();
  sqlite3_extended_result_codes(connection, 1);
  return database;
}

bool Database::read_only() const { return sqlite3_db_readonly(connection_.get(), "main") != 0; }

Result<Database::Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(connection_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return error();
  return Statement(statement);
}

Result<void> Database::first(const std::string& sql, const std::function<void(sqlite3_stmt*)>& row) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  for (;;) {
    const int code = sqlite3_step(statement->get());
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return error();
    if (!row) continue;
    row(statement->get());
    return {};
  }
}

Result<void> Database::run(const std::string& sql) { return first(sql, {}); }

Result<std::int64_t> Database::number(const std::string& sql) {
  std::int64_t value = 0;
  auto done = first(sql, [&](sqlite3_stmt* row) { value = sqlite3_column_int64(row, 0); });
  if (!done) return tl::unexpected(done.error());
  return value;
}

Result<std::string> Database::text(const std::string& sql) {
  std::string value;
  auto done = first(sql, [&](sqlite3_stmt* row) {
    const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(row, 0));
    if (bytes) value.assign(bytes, static_cast<std::size_t>(sqlite3_column_bytes(row, 0)));
  });
  if (!done) return tl::unexpected(done.error());
  return value;
}

void Database::rollback() {
  if (sqlite3_get_autocommit(connection_.get()) == 0) static_cast<void>(run("ROLLBACK"));
}

Result<void> Database::each(const std::string& sql, const Visitor& visit) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  for (;;) {
    const int code = sqlite3_step(statement->get());
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return error();
    const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement->get(), 1));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement->get(), 1));
    visit(sqlite3_column_int64(statement->get(), 0), bytes ? std::string_view(bytes, size) : std::string_view());
  }
}

Result<void> Database::put(const char* sql, std::int64_t key, std::string_view bytes) {
  if (!put_) {
    auto statement = prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    put_ = std::move(*statement);
  }
  auto* const statement = put_.get();
  int code = sqlite3_bind_int64(statement, 1, key);
  // A null pointer would be NULL.
  if (code == SQLITE_OK)
    code = sqlite3_bind_blob64(statement, 2, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  Result<void> result;
  if (code != SQLITE_DONE) result = error();
  sqlite3_reset(statement);
  return result;
}

}  // namespace cpefleet::state
