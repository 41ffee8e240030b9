// SPDX-License-Identifier: Apache-2.0
// Headers that an ACS wrote: challenges, cookies of both kinds, dates. One header a line.
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/url.hpp"
#include "cwmp/session/auth.hpp"
#include "cwmp/session/challenge.hpp"
#include "cwmp/session/cookies.hpp"
#include "cwmp/session/http_date.hpp"
#include "property.hpp"

namespace {

using namespace cpefleet::cwmp;
using cpefleet::fuzz::holds;

bool fits_one_line(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cpefleet::fuzz::input(data, size);
  const auto lines = cpefleet::split(text, '\n');
  if (auto challenge = choose_challenge(lines)) {
    Authenticator auth(1);
    auth.accept(*challenge, {"user", "password"});
    const std::string value = auth.authorization("POST", "/");
    holds(!value.empty() && fits_one_line(value), "Authorization is no header value");
  } else {
    holds(!challenge.error().empty(), "an error without words");
  }
  static const cpefleet::Url url = cpefleet::parse_url("http://acs.example/cwmp/in").value();
  CookieJar jar(16);
  std::optional<std::chrono::sys_seconds> date;
  for (const std::string_view line : lines) {
    if (const auto found = parse_http_date(line)) date = found;
    jar.set_cookie(url, line, date);
    jar.set_cookie2(url, line);
    holds(jar.size() <= 16, "too many cookies");
  }
  const std::string cookie = jar.header_for(url);
  holds(fits_one_line(cookie), "Cookie is no header value");
  holds(cookie.size() <= 2 * CookieJar::kMaxBytes, "an unbounded Cookie");
  return 0;
}
