// SPDX-License-Identifier: Apache-2.0
#include "base/http_auth.hpp"

#include <initializer_list>
#include <utility>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace cpefleet {
namespace {

constexpr std::size_t kMaxItems = 16;
constexpr std::size_t kMaxParams = 32;

bool is_token(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void read_into(std::vector<AuthItem>& out) {
    bool open = false;  // a parameter needs a scheme of this very header
    while (at_ < text_.size()) {
      const std::string_view word = token();
      if (word.empty()) {
        ++at_;  // separators, and what is none of ours
        continue;
      }
      skip_space();
      if (open && at_ < text_.size() && text_[at_] == '=') {
        ++at_;
        AuthParam param{word, value()};
        if (out.back().params.size() < kMaxParams) out.back().params.push_back(std::move(param));
        continue;
      }
      if (out.size() == kMaxItems) return;
      out.push_back({word, {}});
      open = true;
    }
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  std::string_view token() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_token(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  std::string value() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const std::size_t begin = at_;  // wider than a token: base64 without quotes is common in nonces
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != ' ' && text_[at_] != '\t') ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string quoted() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out.push_back(text_[at_]);
    }
    if (at_ < text_.size()) ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string join(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto* part = parts.begin(); part != parts.end(); ++part) {
    if (part != parts.begin()) out.push_back(':');
    out.append(*part);
  }
  return out;
}

}  // namespace

const std::string* AuthItem::find(std::string_view name) const {
  for (const AuthParam& param : params) {
    if (equal_ignoring_case(param.name, name)) return &param.value;
  }
  return nullptr;
}

void read_auth_items(std::string_view header, std::vector<AuthItem>& out) { Reader(header).read_into(out); }

std::optional<DigestCredentials> parse_digest_credentials(std::string_view header) {
  std::vector<AuthItem> items;
  read_auth_items(header, items);
  if (items.empty() || !equal_ignoring_case(items.front().scheme, "Digest")) return std::nullopt;
  DigestCredentials out;
  for (const auto& [name, place] :
       {std::pair{"username", &out.username}, std::pair{"realm", &out.realm}, std::pair{"nonce", &out.nonce},
        std::pair{"uri", &out.uri}, std::pair{"qop", &out.qop}, std::pair{"nc", &out.nc},
        std::pair{"cnonce", &out.cnonce}, std::pair{"response", &out.response},
        std::pair{"algorithm", &out.algorithm}}) {
    if (const std::string* value = items.front().find(name)) *place = *value;
  }
  return out;
}

std::string digest_response(const DigestInput& in) {
  std::string ha1 = md5_hex(join({in.username, in.realm, in.password}));
  if (in.md5_sess) ha1 = md5_hex(join({ha1, in.nonce, in.cnonce}));
  const std::string ha2 = md5_hex(join({in.method, in.uri}));
  if (!in.qop_auth) return md5_hex(join({ha1, in.nonce, ha2}));  // RFC 2069
  return md5_hex(join({ha1, in.nonce, in.nc, in.cnonce, "auth", ha2}));
}

void append_quoted(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append("=\"");
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) continue;
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace cpefleet
