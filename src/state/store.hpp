// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "state/mark.hpp"

namespace cpefleet::state {

class Database;

// Where a device stands in its fleet: the number of its group, its index within the group.
struct Position {
  std::uint32_t group = 0;  // below 2^31
  std::uint32_t index = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// The state file: one row of bytes (see record.hpp) for each device that was ever saved. Owned by the run, which opens it
// before and closes it after its shards. Thread: open and close the owner's; the rest any. Saves are written by one thread
// of the store's own: everything that came in while it wrote becomes the next transaction.
//
// The promise: a save whose `done` came without error is in the file whatever happens to the process, kill -9 included.
// Each transaction is also synced to the disk (WAL, synchronous=FULL) before `done`, so it survives a crash of the system
// or a loss of power where file system and disk keep what fsync promises; those that do not (some network and overlay file
// systems, disks with a volatile cache that ignores flushes) may lose the last saves, and on those the file may be damaged.
// A save without `done`, or one still waiting, may be lost.
//
// FILE-wal beside the file belongs to it while a run is on and after a kill: copy or move both. The file holds what
// devices hold, passwords included; it is made readable for its owner only.
//
// A slow disk makes batches larger, not memory unbounded: of one device only the last save waits, so at most every
// device's record once, and each `done` that was given. A caller that waits for `done` is slowed down by the disk.
class Store {
 public:
  // Called once, on the store's thread: short, must not throw nor close the store; may save. An error says that the
  // promise does not hold for this save.
  using Done = std::function<void(Result<void>)>;

  // Opens the file, or makes it when there is none or an empty one. Refused: a file of another fleet, format or program,
  // one that another process has open, one that cannot be written. A refused file stays as it is.
  // `secret` is kept in a file that is made; secret() says what the file has.
  static Result<std::unique_ptr<Store>> open(const std::string& file, const FleetMark& mark,
                                             std::string_view secret = {});
  ~Store();  // close()
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Every row, by ascending position; returns how many. The bytes are valid during the call. For the start of a run: saves
  // wait meanwhile, and the visitor must not call the store.
  using Visitor = std::function<void(Position position, std::string_view bytes)>;
  [[nodiscard]] Result<std::uint64_t> load(const Visitor& visit);

  // Of several for one device that wait together only the last is written; all their `done` are called. After an error
  // the bytes are kept, and written as soon as a later transaction succeeds, unless newer ones came. After close() `done`
  // gets an error at once, on the caller's thread.
  void save(Position position, std::string bytes, Done done = {});

  [[nodiscard]] const std::string& secret() const { return secret_; }

  struct Health {
    std::string error;           // of the last transaction; "" when it went well
    std::uint64_t failures = 0;  // transactions that failed, since open()
    std::uint64_t unsaved = 0;   // devices whose last save failed
    std::uint64_t waiting = 0;   // devices whose save waits for its first transaction
  };
  [[nodiscard]] Health health() const;

  // Returns when everything saved before is written, or failed: then says how much. A second call says the same.
  [[nodiscard]] Result<void> close();

 private:
  using Rows = std::unordered_map<std::int64_t, std::string>;

  Store(std::unique_ptr<Database> database, std::string secret);
  void write_until_closed();
  Result<void> write(const Rows& rows);
  void keep_unsaved(Rows& rows);  // takes the bytes; mutex_ held

  const std::string secret_;
  mutable std::mutex mutex_;  // everything but the database
  std::condition_variable wake_;
  Rows waiting_;
  std::vector<Done> dones_;  // of waiting_
  Rows unsaved_;             // failed, not replaced since; tried again after each success and at the end
  Health health_;            // error and failures
  bool closing_ = false;

  std::mutex database_mutex_;  // one at a time: load(), a transaction
  std::unique_ptr<Database> database_;
  std::thread writer_;
};

}  // namespace cpefleet::state
