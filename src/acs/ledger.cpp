// SPDX-License-Identifier: Apache-2.0
#include "acs/ledger.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"
#include "cwmp/events.hpp"

namespace cpefleet::acs {
namespace {

bool carries(const InformSummary& inform, std::string_view code, std::string_view key) {
  return std::ranges::any_of(inform.commands, [&](const auto& c) { return c.first == code && c.second == key; });
}

}  // namespace

void Ledger::count(bool& checked) {
  if (!checked) ++totals_.promises;
  checked = true;
}

void Ledger::broken(std::string_view promise, std::string_view found) {
  ++totals_.broken_promises;
  if (totals_.broken.size() >= Totals::kMostTexts) return;
  totals_.broken.push_back(fmt::format("{}: {}, but {}", device_, promise, found));
}

void Ledger::forget() {
  met_ = reset_ = false;
  values_.clear();
  notifications_.clear();
  rows_.reset();
  deleted_.clear();
  given_.clear();
  scheduled_.clear();
  reboot_.reset();
  asked_.reset();
  drop_download();
}

void Ledger::drop_download() {
  if (download_) ++totals_.transfers.dropped;
  download_.reset();
}

void Ledger::bootstrapped(Equipment equipment, std::uint64_t added) {
  forget();
  met_ = true;
  equipment_ = std::move(equipment);
  if (added != 0) given_.insert(added);
}

// --- Informs -------------------------------------------------------------------------------------------------------

void Ledger::informed(const InformSummary& inform, TimePoint now) {
  informed_ = now;
  if (inform.boot) booted_ = now;
  const bool may_be_reset = asked_ && asked_->kind == Errand::Kind::factory_reset;
  if (inform.bootstrap) {
    if (reset_) ++totals_.promises;
    if (met_ && !may_be_reset) broken("nobody asked for a factory reset", "there is 0 BOOTSTRAP");
    forget();  // V-6: other events went with it
    return;
  }
  if (may_be_reset) asked_.reset();  // it never came there
  if (std::exchange(reset_, false)) {
    ++totals_.promises;
    broken("FactoryReset was confirmed", "the next Inform is without 0 BOOTSTRAP");
  }
  check_restart(inform);
  check_scheduled(inform, now);
  check_download(inform, now);
}

void Ledger::check_download(const InformSummary& inform, TimePoint now) {
  if (!download_ || carries(inform, cwmp::event::kMDownload, download_->key)) return;
  const auto late = now - std::max(download_->due, booted_);
  if (late <= kTransferSlack) return;
  if (download_->promised) {
    ++totals_.promises;
    broken(fmt::format("Download {} was confirmed", download_->key),
           fmt::format("{} s after it was due no TransferComplete has told of it",
                       std::chrono::duration_cast<std::chrono::seconds>(late).count()));
  }
  drop_download();
}

void Ledger::transferred(std::string_view key, int fault) {
  if (!downloads_.contains(key)) {
    broken("nobody asked for it", fmt::format("there is a TransferComplete of \"{}\"", printable(key)));
    return;
  }
  if (!download_ || download_->key != key) {
    ++totals_.transfers.repeated;
    return;
  }
  if (download_->promised) ++totals_.promises;
  if (fault == 0) {
    ++totals_.transfers.done;
    values_[download_->brings.first] = {download_->brings.second, false};
  } else {
    ++totals_.transfers.failed[fault];
  }
  download_.reset();
}

void Ledger::check_restart(const InformSummary& inform) {
  const auto key = std::exchange(reboot_, std::nullopt);
  if (!key) return;
  ++totals_.promises;
  const bool told = carries(inform, cwmp::event::kMReboot, *key);
  if (told && inform.boot) return;
  broken(fmt::format("Reboot {} was confirmed", *key),
         fmt::format("the next Inform is without {}", told ? cwmp::event::kBoot : cwmp::event::kMReboot));
}

void Ledger::check_scheduled(const InformSummary& inform, TimePoint now) {
  std::erase_if(scheduled_, [&](const Scheduled& command) {
    const bool told = carries(inform, cwmp::event::kMScheduleInform, command.key);
    if (!told && now <= command.due + kSlack) return false;
    ++totals_.promises;
    if (!told) {
      const auto after = std::chrono::duration_cast<std::chrono::seconds>(now - command.due);
      broken(fmt::format("ScheduleInform {} was confirmed", command.key),
             fmt::format("{} s after it was due no Inform has told it", after.count()));
    }
    return true;
  });
}

// --- errands -------------------------------------------------------------------------------------------------------

void Ledger::ask(Errand errand) {
  if (errand.kind == Errand::Kind::download) {
    ++totals_.transfers.asked;
    downloads_.insert(errand.key);
    download_ = {errand.key, errand.brings, informed_ + errand.delay, false};
  }
  asked_ = std::move(errand);
}

void Ledger::refused() {
  if (asked_ && asked_->kind == Errand::Kind::download && download_) {
    ++totals_.transfers.refused;
    download_.reset();
  }
  asked_.reset();
}

void Ledger::confirmed(std::uint64_t instance, TimePoint now) {
  if (!asked_) return;
  const Errand errand = *std::exchange(asked_, std::nullopt);
  for (const auto& [name, value] : errand.values) values_[name] = {value, false};
  switch (errand.kind) {
    case Errand::Kind::set_values: break;
    case Errand::Kind::set_notification:
      notifications_[errand.notification.first] = {errand.notification.second, false};
      break;
    case Errand::Kind::add_row:
      if (!given_.insert(instance).second || deleted_.contains(instance) || (rows_ && rows_->contains(instance))) {
        broken("an instance number is given once", fmt::format("AddObject gave {} again", instance));
      }
      deleted_.erase(instance);
      if (rows_) rows_->insert_or_assign(instance, false);
      break;
    case Errand::Kind::delete_row:
      if (rows_) rows_->erase(errand.row);
      deleted_.insert_or_assign(errand.row, false);
      break;
    case Errand::Kind::schedule_inform: scheduled_.push_back({errand.key, now + errand.delay}); break;
    case Errand::Kind::reboot: reboot_ = errand.key; break;
    case Errand::Kind::download:
      if (!download_) break;
      download_->promised = true;
      download_->due = now + errand.delay;
      break;
    case Errand::Kind::factory_reset:
      forget();
      reset_ = true;
      break;
  }
}

// --- readings ------------------------------------------------------------------------------------------------------

std::vector<std::string> Ledger::values_to_read() const {
  std::set<std::string> names;
  for (const auto& [name, held] : values_) names.insert(name);
  if (asked_) {
    for (const auto& [name, value] : asked_->values) names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> Ledger::notifications_to_read() const {
  std::set<std::string> names;
  for (const auto& [name, held] : notifications_) names.insert(name);
  if (asked_ && !asked_->notification.first.empty()) names.insert(asked_->notification.first);
  return {names.begin(), names.end()};
}

std::vector<std::uint64_t> Ledger::rows() const {
  std::vector<std::uint64_t> out;
  if (!rows_) return out;
  for (const auto& [row, checked] : *rows_) out.push_back(row);
  return out;
}

void Ledger::unreadable(std::string_view method) {
  broken("what was confirmed can be read", fmt::format("{} was answered with a fault", method));
}

void Ledger::check(const Reading& found) {
  Outcome outcome;
  compare(values_, found.values, asked_ ? asked_->values : decltype(Errand::values){}, "", outcome);
  decltype(Errand::values) notifications;
  if (asked_ && !asked_->notification.first.empty()) notifications.push_back(asked_->notification);
  compare(notifications_, found.notifications, notifications, "Notification of ", outcome);
  if (found.rows) compare_rows(*found.rows, outcome);
  if (outcome.done != 0 && outcome.undone != 0) {
    broken("a request is carried out as a whole or not at all", "one without an answer was carried out in part");
  }
  asked_.reset();
}

void Ledger::compare(Things& things, const std::map<std::string, std::string>& found,
                     const std::vector<std::pair<std::string, std::string>>& asked, std::string_view what,
                     Outcome& outcome) {
  for (const auto& [name, wanted] : asked) {
    const auto now = found.find(name);
    const auto held = things.find(name);
    if (held != things.end() && held->second.value == wanted) continue;  // it would look the same
    const bool done = now != found.end() && now->second == wanted;
    ++(done ? outcome.done : outcome.undone);
    if (done) things[name] = {wanted, true};
  }
  for (auto it = things.begin(); it != things.end();) {
    auto& [name, held] = *it;
    const auto now = found.find(name);
    const bool gone = now == found.end();
    // What a Download brings is there before it is told.
    const bool brought = download_ && !gone && &things == &values_ && name == download_->brings.first &&
                         now->second == download_->brings.second;
    if (brought) {
      ++it;
      continue;
    }
    count(held.checked);
    if (gone || now->second != held.value) {
      broken(fmt::format("{}{} = \"{}\" was confirmed", what, name, held.value),
             gone ? std::string{"it is not told"} : fmt::format("it reads \"{}\"", now->second));
      if (!gone) held.value = now->second;
    }
    it = gone ? things.erase(it) : std::next(it);
  }
}

void Ledger::compare_rows(const std::set<std::uint64_t>& found, Outcome& outcome) {
  const bool adding = asked_ && asked_->kind == Errand::Kind::add_row;
  const bool deleting = asked_ && asked_->kind == Errand::Kind::delete_row;
  if (!rows_) {  // nothing was asked for before the first reading
    rows_.emplace();
    for (const auto row : found) rows_->emplace(row, true);
    capacity_ = found.size();
    return;
  }
  for (auto& [row, checked] : deleted_) {
    count(checked);
    if (found.contains(row)) {
      broken(fmt::format("DeleteObject of {}{}. was confirmed", equipment_.table, row), "it is there again");
    }
  }
  int added = 0;
  for (const auto row : found) {
    if (deleted_.erase(row) != 0 || rows_->contains(row)) continue;
    if (adding && added == 0) {
      ++added;
      given_.insert(row);
    } else {
      broken("nobody asked for it", fmt::format("there is {}{}.", equipment_.table, row));
    }
  }
  if (adding) ++(added != 0 ? outcome.done : outcome.undone);
  for (auto& [row, checked] : *rows_) {
    const bool there = found.contains(row);
    if (deleting && row == asked_->row) {
      ++(there ? outcome.undone : outcome.done);
      if (!there) deleted_.emplace(row, true);
      continue;
    }
    count(checked);
    if (!there) broken(fmt::format("{}{}. was there", equipment_.table, row), "it is gone");
  }
  rows_->clear();
  for (const auto row : found) rows_->emplace(row, true);
}

}  // namespace cpefleet::acs
