// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acs/core.hpp"
#include "acs/messages.hpp"
#include "base/time.hpp"

namespace cpefleet::acs {

// Something the ACS asks of a device that the device has to remember once it said yes.
struct Errand {
  enum class Kind : std::uint8_t {
    set_values,
    set_notification,
    add_row,
    delete_row,
    schedule_inform,
    reboot,
    factory_reset,
    download,  // of a configuration file
  };
  Kind kind = Kind::set_values;
  std::vector<std::pair<std::string, std::string>> values;  // by full name, with the ParameterKey where one is given
  std::pair<std::string, std::string> notification;         // full name, "0" to "2"
  std::uint64_t row = 0;                                    // delete_row
  std::string key;                                          // CommandKey
  Duration delay{};                                         // schedule_inform, download
  std::pair<std::string, std::string> brings;               // download: full name and value
};

// What a device answered when it was asked for what the ledger holds.
struct Reading {
  std::map<std::string, std::string> values;
  std::map<std::string, std::string> notifications;
  std::optional<std::set<std::uint64_t>> rows;  // empty when they were not asked for
};

// What the errands can use of a device, learned in its bootstrap.
struct Equipment {
  std::string root;
  std::vector<std::string> settable;  // full names
  std::string table;                  // of voice profiles; "" for none
  std::string by_file = {};           // full name of what a configuration file sets; "" for none
};

// What one device has promised, and whether it kept it. A promise is a response: what was asked for and never answered
// may be done or not, all of it, until a reading or the next Inform tells. Ends with 0 BOOTSTRAP and with a factory reset.
// Counts go to the totals. Owned by the Core, as long as the device is known.
class Ledger {
 public:
  // How late an Inform that was scheduled may be before it counts as lost.
  static constexpr Duration kSlack = std::chrono::seconds{5};
  // How late an Inform may be that tells of a Download, after it was due and after the device last booted: a transfer may
  // begin anew then.
  static constexpr Duration kTransferSlack = std::chrono::seconds{5};

  // `device` and `totals` outlive it.
  Ledger(std::string_view device, Totals& totals) : device_(device), totals_(totals) {}

  // Any Inform, whatever the ACS answers to it: P-110, P-111, P-112, V-7.
  void informed(const InformSummary& inform, TimePoint now);
  // The bootstrap came to its end. `added`: the instance it added and deleted again, 0 for none.
  void bootstrapped(Equipment equipment, std::uint64_t added);
  [[nodiscard]] const Equipment& equipment() const { return equipment_; }

  // An errand is sent; then one of the two, or neither when the session breaks.
  void ask(Errand errand);
  void refused();
  // `instance`: of an AddObjectResponse.
  void confirmed(std::uint64_t instance, TimePoint now);
  // A TransferComplete (P-85, P-100). At least one comes for each Download that was confirmed.
  void transferred(std::string_view key, int fault);
  // Whether a Download is to come, or may be: there is one at a time, so that it is known which of two values came last.
  [[nodiscard]] bool awaits_download() const { return download_.has_value(); }
  [[nodiscard]] const std::optional<Errand>& asked() const { return asked_; }
  // Counts errands, over factory resets too.
  [[nodiscard]] std::uint64_t next_number() { return ++numbers_; }
  [[nodiscard]] std::uint64_t numbers() const { return numbers_; }

  // What has to be read back: names for GetParameterValues and for GetParameterAttributes.
  [[nodiscard]] std::vector<std::string> values_to_read() const;
  [[nodiscard]] std::vector<std::string> notifications_to_read() const;
  void check(const Reading& found);
  // It answered a fault instead.
  void unreadable(std::string_view method);

  // Known after the first reading. A table is never filled beyond what it had then.
  [[nodiscard]] std::vector<std::uint64_t> rows() const;
  [[nodiscard]] bool has_room() const { return rows_ && rows_->size() < capacity_; }

 private:
  struct Held {
    std::string value;
    bool checked = false;
  };
  using Things = std::map<std::string, Held>;
  struct Scheduled {
    std::string key;
    TimePoint due;
  };
  struct Download {
    std::string key;
    std::pair<std::string, std::string> brings;
    TimePoint due;
    bool promised = false;
  };
  // Of an errand without an answer: how much of it was found to be done, and how much not.
  struct Outcome {
    int done = 0;
    int undone = 0;
  };
  void forget();
  void count(bool& checked);  // a promise, the first time it is looked at
  void broken(std::string_view promise, std::string_view found);
  void compare(Things& things, const std::map<std::string, std::string>& found,
               const std::vector<std::pair<std::string, std::string>>& asked, std::string_view what, Outcome& outcome);
  void compare_rows(const std::set<std::uint64_t>& found, Outcome& outcome);
  void check_restart(const InformSummary& inform);
  void check_scheduled(const InformSummary& inform, TimePoint now);
  void check_download(const InformSummary& inform, TimePoint now);
  void drop_download();

  std::string_view device_;
  Totals& totals_;
  Equipment equipment_;
  bool met_ = false;  // bootstrapped, so that 0 BOOTSTRAP needs a reason
  Things values_;
  Things notifications_;
  std::optional<std::map<std::uint64_t, bool>> rows_;  // the value is `checked`
  std::map<std::uint64_t, bool> deleted_;
  std::set<std::uint64_t> given_;  // by AddObject
  std::size_t capacity_ = 0;
  std::vector<Scheduled> scheduled_;
  std::optional<Download> download_;
  std::set<std::string, std::less<>> downloads_;  // keys of all that were ever asked for
  TimePoint informed_{};                          // when its latest Inform came
  TimePoint booted_{};                            // the latest with 1 BOOT
  std::optional<std::string> reboot_;             // CommandKey
  bool reset_ = false;                            // 0 BOOTSTRAP must come
  std::optional<Errand> asked_;                   // without an answer
  std::uint64_t numbers_ = 0;
};

}  // namespace cpefleet::acs
