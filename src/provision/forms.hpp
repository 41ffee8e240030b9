// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "provision/config_file.hpp"

// The two ways a configuration file can be made. For config_file.cpp only.
namespace cpefleet::provision {

[[nodiscard]] Result<ConfigFile> parse_xml(std::string_view bytes);
[[nodiscard]] Result<ConfigFile> parse_text(std::string_view text);
// Appends, or says why not.
[[nodiscard]] Result<void> add_entry(ConfigFile& file, std::string_view key, std::string value, std::size_t line);
// What a message quotes of a file: not all of it, and nothing that could upset a terminal.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace cpefleet::provision
