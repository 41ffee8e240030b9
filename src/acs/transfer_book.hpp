// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "acs/dialogue.hpp"
#include "acs/messages.hpp"
#include "acs/sessions.hpp"
#include "acs/transfers.hpp"
#include "xml/document.hpp"

namespace cpefleet::acs {

// Which device was asked for which file, and what came of it. Each is asked for once of each device, again where no answer
// came, and anew after 0 BOOTSTRAP. What ended with a fault is over. Owned by the Core.
class TransferBook {
 public:
  // All outlive it.
  TransferBook(const std::vector<TransferAsk>& asks, TransferTotals& totals) : asks_(asks), totals_(totals) {}

  // An Inform that begins a session.
  void informed(const DeviceEntry& device, const InformSummary& inform);
  // Body of the next request of the session; "" when there is none left.
  [[nodiscard]] std::string next(const DeviceEntry& device, const FileAccess& files);
  // The answer to it.
  [[nodiscard]] Answer take(const DeviceEntry& device, const xml::Element& message);
  void completed(const DeviceEntry& device, std::string_view command_key, int fault);

 private:
  enum class State : std::uint8_t { fresh, asked, owed, over };
  struct Item {
    State state = State::fresh;
    std::uint32_t attempts = 0;
  };
  struct Entry {
    std::string software_version;
    std::size_t next = 0;  // in the session under way
    std::vector<Item> items;
  };
  [[nodiscard]] std::string request_for(const DeviceEntry& device, std::size_t which, std::uint32_t attempt,
                                        const FileAccess& files) const;

  const std::vector<TransferAsk>& asks_;
  TransferTotals& totals_;
  std::unordered_map<const DeviceEntry*, Entry> entries_;
};

}  // namespace cpefleet::acs
