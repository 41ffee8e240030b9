// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What both sides of HTTP authentication read and compute (RFC 7235, RFC 2617). Never throws on input.
namespace cpefleet {

struct AuthParam {
  std::string_view name;
  std::string value;  // quoted-string escapes resolved
};

// A scheme with its parameters. Views into the header it was read from.
struct AuthItem {
  std::string_view scheme;
  std::vector<AuthParam> params;

  [[nodiscard]] const std::string* find(std::string_view name) const;  // the first; nullptr when absent
};

// Appends what RFC 7235 4.1 calls 1#challenge. Whatever fits nowhere is skipped: an oddity in one challenge must not hide
// the others. At most 16 items in all, of 32 parameters each.
void read_auth_items(std::string_view header, std::vector<AuthItem>& out);

// The credentials of one Digest Authorization header, "" for what it does not say. Empty when the scheme is another.
struct DigestCredentials {
  std::string username, realm, nonce, uri, qop, nc, cnonce, response, algorithm;
};
[[nodiscard]] std::optional<DigestCredentials> parse_digest_credentials(std::string_view header);

// The values of one Digest response (RFC 2617 3.2.2).
struct DigestInput {
  std::string_view username;
  std::string_view password;
  std::string_view realm;
  std::string_view nonce;
  std::string_view cnonce;
  std::string_view method;
  std::string_view uri;
  std::string_view nc = "00000001";  // as written: it is hashed so
  bool qop_auth = false;             // false: the form of RFC 2069
  bool md5_sess = false;
};
[[nodiscard]] std::string digest_response(const DigestInput& input);

// Appends `name="value"`. Control characters are left out: nothing that a peer or a profile says may break the header
// line.
void append_quoted(std::string& out, std::string_view name, std::string_view value);

}  // namespace cpefleet
