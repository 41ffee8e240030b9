// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

// Thin wrappers of OpenSSL, so that no other module names it.
namespace cpefleet {

[[nodiscard]] std::string md5_hex(std::string_view data);
[[nodiscard]] std::array<std::byte, 20> hmac_sha1(std::string_view key, std::string_view data);
[[nodiscard]] std::string hmac_sha1_hex(std::string_view key, std::string_view data);
[[nodiscard]] std::string base64_encode(std::string_view data);
// False for ill-formed text; `out` is unspecified then.
[[nodiscard]] bool base64_decode(std::string_view text, std::string& out);

// In a time that depends on the lengths alone: for what a peer may try again and again.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace cpefleet
