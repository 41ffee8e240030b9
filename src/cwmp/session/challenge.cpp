// SPDX-License-Identifier: Apache-2.0
#include "cwmp/session/challenge.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace cpefleet::cwmp {
namespace {

struct Param {
  std::string_view name;
  std::string value;
};

struct RawChallenge {
  std::string_view scheme;
  std::vector<Param> params;

  [[nodiscard]] const std::string* find(std::string_view name) const {
    for (const Param& param : params) {
      if (equal_ignoring_case(param.name, name)) return &param.value;
    }
    return nullptr;
  }
};

constexpr std::size_t kMaxChallenges = 16;
constexpr std::size_t kMaxParams = 32;

bool is_token(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

// Reads what RFC 7235 4.1 calls 1#challenge. Whatever fits nowhere is skipped: a server's oddity in one challenge must
// not hide the others.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void read_into(std::vector<RawChallenge>& out) {
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
        Param param{word, value()};
        if (out.back().params.size() < kMaxParams) out.back().params.push_back(std::move(param));
        continue;
      }
      if (out.size() == kMaxChallenges) return;
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

std::optional<Challenge> as_digest(const RawChallenge& raw, std::string& why) {
  Challenge out;
  out.scheme = Challenge::Scheme::digest;
  if (const auto* algorithm = raw.find("algorithm")) {
    out.algorithm = *algorithm;
    out.md5_sess = equal_ignoring_case(*algorithm, "MD5-sess");
    if (!out.md5_sess && !equal_ignoring_case(*algorithm, "MD5")) {
      why = "Digest with an algorithm other than MD5 and MD5-sess";
      return std::nullopt;
    }
  }
  const auto* nonce = raw.find("nonce");
  if (nonce == nullptr) {
    why = "Digest without a nonce";
    return std::nullopt;
  }
  out.nonce = *nonce;
  if (const auto* qop = raw.find("qop"); qop != nullptr && !trim(*qop).empty()) {
    for (const std::string_view option : split(*qop, ',')) {
      if (equal_ignoring_case(trim(option), "auth")) out.qop_auth = true;
    }
    if (!out.qop_auth) {
      why = "Digest without qop=auth (auth-int alone is not supported)";
      return std::nullopt;
    }
  }
  if (const auto* realm = raw.find("realm")) out.realm = *realm;
  if (const auto* opaque = raw.find("opaque")) {
    out.opaque = *opaque;
    out.has_opaque = true;
  }
  const auto* stale = raw.find("stale");
  out.stale = stale != nullptr && equal_ignoring_case(*stale, "true");
  return out;
}

}  // namespace

std::string_view to_string(Challenge::Scheme scheme) { return scheme == Challenge::Scheme::basic ? "Basic" : "Digest"; }

tl::expected<Challenge, std::string> choose_challenge(std::span<const std::string_view> headers) {
  std::vector<RawChallenge> all;
  for (const std::string_view header : headers) Reader(header).read_into(all);
  std::string why = headers.empty() ? "401 without WWW-Authenticate" : "401 without a Basic or Digest challenge";
  std::optional<Challenge> basic;
  for (const RawChallenge& raw : all) {
    if (equal_ignoring_case(raw.scheme, "Digest")) {
      if (auto digest = as_digest(raw, why)) return *std::move(digest);
    } else if (!basic && equal_ignoring_case(raw.scheme, "Basic")) {
      basic.emplace();
      if (const auto* realm = raw.find("realm")) basic->realm = *realm;
    }
  }
  if (basic) return *std::move(basic);
  return tl::unexpected<std::string>(std::move(why));
}

}  // namespace cpefleet::cwmp
