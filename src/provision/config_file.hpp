// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "profile/profile.hpp"

// The vendor's configuration files: read, applied to a device, written from it. Pure; nothing is kept.
namespace cpefleet::provision {

constexpr std::size_t kMaxFileBytes = 20u << 20;  // what a device takes of a configuration file (GQ084)
constexpr std::size_t kMaxEntries = 50'000;
constexpr std::size_t kMaxKeyBytes = 128;
constexpr std::size_t kMaxValueBytes = 65'536;

struct Entry {
  std::string key;       // "P271", "tr069.url"
  std::string value;     // escapes resolved, not trimmed in XML
  std::size_t line = 0;  // in a text file, from 1; 0 in XML
};

struct ConfigFile {
  profile::ConfigForm form = profile::ConfigForm::xml1;
  std::string mac;             // of the device it is for, as 12 lower-case digits; "" when it is for any
  std::vector<Entry> entries;  // in the order of the file; a key may come again, the last one counts
};

// The form shows in the bytes. Fails, with what is wrong and where, on anything else: a binary or encrypted file, a web
// page, ill-formed XML, text that is not UTF-8, a version there is not, more than the limits. Thread: any.
[[nodiscard]] Result<ConfigFile> parse(std::string_view bytes);

// A MAC address as 12 lower-case hexadecimal digits, from any of the usual spellings; "" when it is none.
[[nodiscard]] std::string plain_mac(std::string_view text);

// Whether a file can carry a text: UTF-8 of at most kMaxValueBytes, of characters XML can hold (of control characters,
// tab and line ends).
[[nodiscard]] bool can_carry(std::string_view value);

}  // namespace cpefleet::provision
