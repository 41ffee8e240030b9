// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

// What the built-in ACS asks its devices to fetch and to send.
namespace cpefleet::acs {

// One file that is asked of every device, from and to this ACS's own file server (files.hpp).
struct TransferAsk {
  enum class What : std::uint8_t { firmware, config, send_config, send_log };
  What what = What::firmware;
  std::string version;        // of firmware; a device that runs it is not asked
  std::uint64_t bytes = 0;    // of the image; 0: a few
  std::string query;          // of a config: "P270=lab&P4506=1", escaped
  std::uint32_t delay_s = 0;  // DelaySeconds
};

// `firmware:VERSION[:SIZE]`, `config:P270=lab&P4506=1`. The error says what was expected.
[[nodiscard]] Result<TransferAsk> parse_download_ask(std::string_view text);
// `config`, `log`.
[[nodiscard]] Result<TransferAsk> parse_upload_ask(std::string_view text);

// asked == refused + done + failed + dropped + owed, always.
struct TransferTotals {
  std::uint64_t asked = 0;              // requests sent
  std::uint64_t refused = 0;            // answered with a fault
  std::uint64_t done = 0;               // TransferComplete without a fault
  std::map<int, std::uint64_t> failed;  // with one, by its code; -1: it could not be read
  std::uint64_t dropped = 0;            // never answered and asked again, or undone by 0 BOOTSTRAP (V-6)
  std::uint64_t repeated = 0;           // TransferComplete of what was over already
  [[nodiscard]] std::uint64_t all_failed() const;
  [[nodiscard]] std::uint64_t owed() const { return asked - refused - done - all_failed() - dropped; }
};

// Where the file server is, for a device that came to the ACS by this name.
struct FileAccess {
  std::string origin;  // "http://127.0.0.1:7547"; "" when the device did not say
  std::string username;
  std::string password;
};

}  // namespace cpefleet::acs
