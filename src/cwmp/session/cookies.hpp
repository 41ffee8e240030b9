// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"

namespace cpefleet::cwmp {

// The cookies of one session (H-13, H-14): Netscape and RFC 2109 by Set-Cookie, RFC 2965 by Set-Cookie2. Made empty with
// the session and dropped with it. Matching is RFC 6265's. Bounded: beyond `max_cookies` the oldest goes, a cookie that
// would exceed kMaxBytes in all is not taken. Thread: the shard.
class CookieJar {
 public:
  static constexpr std::size_t kMaxBytes = 16 * 1024;

  explicit CookieJar(std::uint32_t max_cookies) : max_cookies_(max_cookies) {}

  // Values of the headers of a reply from `url`. `date` is the reply's own Date: without a clock, it is what tells
  // whether Expires has passed; without it only dates of long ago count as past.
  void set_cookie(const Url& url, std::string_view header, std::optional<std::chrono::sys_seconds> date = {});
  void set_cookie2(const Url& url, std::string_view header);
  void clear() { cookies_.clear(); }
  [[nodiscard]] std::size_t size() const { return cookies_.size(); }

  // The value of Cookie for a request to `url`, "" for none. The form of RFC 2965 (`$Version=1; ...`) only when every
  // cookie in it came by Set-Cookie2 with Version=1.
  [[nodiscard]] std::string header_for(const Url& url) const;

 private:
  struct Cookie {
    std::string name;
    std::string value;  // verbatim, quotes included
    std::string domain;
    std::string path;
    bool host_only = true;
    bool path_given = false;
    bool secure = false;
    bool version1 = false;
  };
  struct Attributes;

  void take(const Url& url, const Attributes& attributes, bool rfc2965);
  void store(Cookie cookie);
  void remove(const Cookie& like);
  [[nodiscard]] static bool matches(const Cookie& cookie, const Url& url);
  [[nodiscard]] static std::size_t bytes(const Cookie& cookie);

  std::uint32_t max_cookies_;
  std::vector<Cookie> cookies_;  // in the order of their arrival
};

}  // namespace cpefleet::cwmp
