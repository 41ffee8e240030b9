// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "acs/dialogue.hpp"
#include "acs/ledger.hpp"
#include "acs/transfers.hpp"
#include "xml/document.hpp"

namespace cpefleet::acs {

// What errands set, where a device lists it as writable: names under the root, for Bootstrap::Settings::look_for.
[[nodiscard]] std::span<const std::string_view> errand_parameters();
// What a bootstrap that is over has found.
[[nodiscard]] Equipment equipment_of(const Bootstrap& bootstrap);

// What the ACS does with a device it has bootstrapped:
//
//   GetParameterValues → GetParameterAttributes → GetParameterNames(table): is it as the ledger says?
//     → one to three errands, the last of which may be a restart → end
//
// A device that cannot be read gets no errand in this session. Errands are drawn by `random` and the ledger's number of
// errands. Lives as long as the session.
class Errands {
 public:
  // `files`: without an origin there are no Downloads.
  Errands(Ledger& ledger, std::uint64_t random, FileAccess files)
      : ledger_(ledger), random_(random), files_(std::move(files)) {}

  // Body of the next request; "" when there is none left. Each is sent once.
  [[nodiscard]] std::string next();
  [[nodiscard]] Answer take(const xml::Element& message, TimePoint now);

 private:
  enum class Step : std::uint8_t { start, values, notifications, rows, errands, end };
  [[nodiscard]] std::string request_of(Step step);
  [[nodiscard]] std::string errand();
  // Gives `errand` what it needs beside its key; false when the device has nothing for it.
  [[nodiscard]] bool equip(Errand& errand, std::uint64_t bits, std::uint64_t number) const;
  [[nodiscard]] std::string request_for(const Errand& errand) const;
  Answer take_values(const xml::Element& message);
  Answer take_notifications(const xml::Element& message);
  Answer take_rows(const xml::Element& message);
  Answer take_errand(const xml::Element& message, TimePoint now);

  Ledger& ledger_;
  std::uint64_t random_;
  FileAccess files_;
  Step step_ = Step::start;
  Reading reading_;
  std::uint64_t left_ = 0;  // errands of this session
};

}  // namespace cpefleet::acs
