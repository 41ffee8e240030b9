// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace cpefleet::state {

// One SQLite connection to one file, as the store needs it. Not safe from two threads at once. Errors name the file and
// are for people.
class Database {
 public:
  // Makes an empty file that only its owner may read, where there is none. Touches nothing of a file that exists, but for
  // the mode of an empty one.
  static Result<std::unique_ptr<Database>> open(const std::string& file);

  [[nodiscard]] bool read_only() const;
  // One statement without results, or with results nobody wants.
  [[nodiscard]] Result<void> run(const std::string& sql);
  // The first column of the first row; 0 or "" when there is none.
  [[nodiscard]] Result<std::int64_t> number(const std::string& sql);
  [[nodiscard]] Result<std::string> text(const std::string& sql);
  // Takes back a transaction that failed; nothing when none is open.
  void rollback();

  // Rows of two columns. The bytes are valid during the call.
  using Visitor = std::function<void(std::int64_t key, std::string_view bytes)>;
  [[nodiscard]] Result<void> each(const std::string& sql, const Visitor& visit);
  // Runs `sql` with ?1 and ?2. Prepared at the first call; always given the same text.
  [[nodiscard]] Result<void> put(const char* sql, std::int64_t key, std::string_view bytes);

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  explicit Database(std::string file) : file_(std::move(file)) {}
  [[nodiscard]] tl::unexpected<Error> error() const;
  [[nodiscard]] Result<Statement> prepare(const std::string& sql);
  // Runs to the end, or to the first row when `row` is given, which sees it.
  [[nodiscard]] Result<void> first(const std::string& sql, const std::function<void(sqlite3_stmt*)>& row);

  std::string file_;
  std::unique_ptr<sqlite3, Close> connection_;
  Statement put_;
};

}  // namespace cpefleet::state
