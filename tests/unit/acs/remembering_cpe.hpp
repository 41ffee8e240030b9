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

#include "scripted_cpe.hpp"

namespace cpefleet::acs::test {

// How a device fails to keep its word, each time it could.
enum class Lapse : std::uint8_t {
  none,
  value_lost,
  key_lost,
  notification_lost,
  deleted_row_back,
  added_row_gone,
  number_reused,
  reboot_untold,
  boot_untold,
  reset_ignored,
  bootstrap_again,
  scheduled_inform_lost,
  faults_reading,
  download_forgotten,
  download_lost,  // told, and not there
  download_of_another_key,
  half_of_a_request,  // shows where the answer is cut off
};

// A small CPE that remembers what it is told, over restarts, as long as it is not told to lapse.
struct RememberingCpe {
  enum class Fate : std::uint8_t { answered, not_done, done_unheard };

  explicit RememberingCpe(Core& acs) : line(acs) { factory(); }

  // A second later: Inform, and everything that the ACS asks. False when it broke off, or the ACS refused something.
  bool session();

  ScriptedCpe line;
  Lapse lapse = Lapse::none;
  // What becomes of a request, by its method.
  std::function<Fate(std::string_view)> fate = [](std::string_view) { return Fate::answered; };

 private:
  void factory();
  void end_session();
  [[nodiscard]] std::vector<std::string> due_events();
  [[nodiscard]] std::string carry_out(std::string_view method, const std::string& body, bool heard);
  [[nodiscard]] std::string names(std::string_view path) const;
  [[nodiscard]] std::string told_values(const std::string& body) const;
  [[nodiscard]] std::string told_notifications(const std::string& body) const;
  [[nodiscard]] std::string add_row();

  std::map<std::string, std::string> values_;
  std::map<std::string, std::string> notifications_;
  std::set<int> rows_;
  int next_row_ = 3;
  std::vector<std::pair<std::string, TimePoint>> scheduled_;
  struct Download {
    std::string key;
    std::string value;
    TimePoint due;
  };
  [[nodiscard]] bool tell_downloads();
  std::vector<Download> downloads_;  // not told
  std::vector<std::string> events_;  // not delivered
  std::optional<std::string> reboot_;
  bool reset_ = false;
};

}  // namespace cpefleet::acs::test
