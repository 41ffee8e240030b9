// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>
#include <string_view>

#include "base/url.hpp"
#include "cwmp/session/cookies.hpp"
#include "cwmp/session/http_date.hpp"

TEST_SUITE("cwmp.session.cookies") {
  using cpefleet::cwmp::CookieJar;
  using cpefleet::cwmp::parse_http_date;

  namespace {
  cpefleet::Url url(std::string_view text) { return cpefleet::parse_url(text).value(); }

  struct Rule {
    std::string_view set;   // Set-Cookie
    std::string_view from;  // the URL whose reply had it
    std::string_view to;    // the URL of the request
    std::string_view sent;  // Cookie
  };
  }  // namespace

  TEST_CASE("which cookie goes where [H-14]") {
    const Rule rules[] = {
        // host
        {"a=1", "http://acs.example/", "http://acs.example:8080/", "a=1"},
        {"a=1", "http://acs.example/", "http://sub.acs.example/", ""},
        {"a=1; Domain=acs.example", "http://acs.example/", "http://sub.acs.example/", "a=1"},
        {"a=1; Domain=.acs.example", "http://acs.example/", "http://acs.example/", "a=1"},
        {"a=1; Domain=acs.example", "http://sub.acs.example/", "http://acs.example/", "a=1"},
        {"a=1; Domain=sub.acs.example", "http://acs.example/", "http://sub.acs.example/", ""},
        {"a=1; Domain=cs.example", "http://acs.example/", "http://acs.example/", ""},
        {"a=1; Domain=example", "http://acs.example/", "http://acs.example/", ""},
        {"a=1; Domain=localhost", "http://localhost/", "http://localhost/", "a=1"},
        {"a=1; Domain=", "http://acs.example/", "http://acs.example/", "a=1"},
        {"a=1; Domain=0.0.1", "http://10.0.0.1/", "http://10.0.0.1/", ""},
        {"a=1; Domain=10.0.0.1", "http://10.0.0.1/", "http://10.0.0.1/", "a=1"},
        {"a=1", "http://[::1]:7547/", "http://[::1]:7547/", "a=1"},
        // path
        {"a=1", "http://h.example/x/y", "http://h.example/x/z?q", "a=1"},
        {"a=1", "http://h.example/x/y", "http://h.example/x", "a=1"},
        {"a=1", "http://h.example/x/y", "http://h.example/", ""},
        {"a=1", "http://h.example/x", "http://h.example/other", "a=1"},
        {"a=1; Path=/x", "http://h.example/", "http://h.example/x/y", "a=1"},
        {"a=1; Path=/x", "http://h.example/", "http://h.example/xy", ""},
        {"a=1; Path=/x/", "http://h.example/", "http://h.example/x/y", "a=1"},
        {"a=1; Path=x", "http://h.example/p/q", "http://h.example/p/r", "a=1"},
        {"a=1; Path=\"/x\"; Version=1", "http://h.example/", "http://h.example/x", "a=1"},
        // secure
        {"a=1; secure", "https://h.example/", "https://h.example/", "a=1"},
        {"a=1; Secure", "https://h.example/", "http://h.example/", ""},
        // what a cookie is
        {"a", "http://h.example/", "http://h.example/", ""},
        {"=1", "http://h.example/", "http://h.example/", ""},
        {"a=", "http://h.example/", "http://h.example/", "a="},
        {"a=b=c", "http://h.example/", "http://h.example/", "a=b=c"},
        {" a = 1 ;HttpOnly;SameSite=Lax;;", "http://h.example/", "http://h.example/", "a=1"},
        {"a=\"x;y\"; Path=/", "http://h.example/", "http://h.example/", "a=\"x;y\""},
        {"a=\"open; Path=/", "http://h.example/p/q", "http://h.example/p/q", "a=\"open; Path=/"},
        // age
        {"a=1; Max-Age=0", "http://h.example/", "http://h.example/", ""},
        {"a=1; Max-Age=-1", "http://h.example/", "http://h.example/", ""},
        {"a=1; Max-Age=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://h.example/", "http://h.example/", "a=1"},
        {"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://h.example/", "http://h.example/", ""},
        {"a=1; Expires=Thu, 01-Jan-70 00:00:00 GMT", "http://h.example/", "http://h.example/", ""},
        {"a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", "http://h.example/", "http://h.example/", "a=1"},
        {"a=1; Expires=never", "http://h.example/", "http://h.example/", "a=1"},
    };
    for (const Rule& rule : rules) {
      CAPTURE(rule.set);
      CAPTURE(rule.from);
      CAPTURE(rule.to);
      CookieJar jar(16);
      jar.set_cookie(url(rule.from), rule.set);
      CHECK(jar.header_for(url(rule.to)) == rule.sent);
    }
  }

  TEST_CASE("a cookie replaces its like and no other [H-13]") {
    const auto u = url("http://h.example/x/");
    CookieJar jar(16);
    jar.set_cookie(u, "a=1");
    jar.set_cookie(u, "A=2");
    jar.set_cookie(u, "a=3; Path=/");
    jar.set_cookie(u, "a=4");
    CHECK(jar.header_for(u) == "a=4; A=2; a=3");
    jar.set_cookie(u, "a=; Max-Age=0; Path=/");
    CHECK(jar.header_for(u) == "a=4; A=2");
    jar.clear();
    CHECK(jar.header_for(u).empty());
  }

  TEST_CASE("Expires is measured against the Date of the reply") {
    const auto u = url("http://h.example/");
    const auto date = parse_http_date("Sun, 22 Nov 2026 22:28:30 GMT");
    CookieJar jar(16);
    jar.set_cookie(u, "a=1; Expires=Sun, 22 Nov 2026 22:28:31 GMT", date);
    jar.set_cookie(u, "b=1; Expires=Sun, 22 Nov 2026 22:28:30 GMT", date);
    CHECK(jar.header_for(u) == "a=1");
  }

  TEST_CASE("at least 4 KiB of cookies are kept, and no flood of them [H-13]") {
    const auto u = url("http://h.example/");
    CookieJar jar(16);
    const std::string large(4096, 'x');
    jar.set_cookie(u, "a=" + large);
    CHECK(jar.header_for(u) == "a=" + large);
    jar.set_cookie(u, "b=" + std::string(CookieJar::kMaxBytes, 'y'));
    CHECK(jar.size() == 1);
    for (int i = 0; i < 1000; ++i) jar.set_cookie(u, "c" + std::to_string(i) + "=" + std::string(1000, 'z'));
    CHECK(jar.size() <= 16);
    CHECK(jar.header_for(u).size() <= CookieJar::kMaxBytes + 64);
    CookieJar none(0);
    none.set_cookie(u, "a=1");
    CHECK(none.size() == 0);
  }

  TEST_CASE("Set-Cookie2 holds several cookies and goes back with its version [H-13]") {
    const auto u = url("http://h.example/acme/x");
    CookieJar jar(16);
    jar.set_cookie2(u, R"(Customer="WILE_E"; Version="1"; Path="/acme", Part="a,b"; Version=1; Domain=".h.example")");
    CHECK(jar.header_for(u) == R"($Version=1; Customer="WILE_E"; $Path="/acme"; Part="a,b"; $Domain=".h.example")");
    jar.set_cookie2(u, "Plain=1");
    CHECK(jar.header_for(u) == R"(Customer="WILE_E"; Part="a,b"; Plain=1)");
  }

  TEST_CASE("control characters and broken cookies are refused") {
    const auto u = url("http://h.example/");
    CookieJar jar(16);
    jar.set_cookie(u, "a=1\r\nX-Evil: 1");
    jar.set_cookie(u, std::string_view("b=\0", 3));
    jar.set_cookie(u, "$Version=1");
    jar.set_cookie2(u, "\"");
    jar.set_cookie2(u, ",,;=,\\");
    jar.set_cookie(u, "c=1; Path=/\r\nX: y");
    CHECK(jar.header_for(u) == "c=1");
  }

  TEST_CASE("dates are read in all their spellings") {
    const auto expected = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    REQUIRE(expected.has_value());
    CHECK(expected->time_since_epoch().count() == 784111777);
    for (const std::string_view text : {"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                                        "Sun, 06-Nov-1994 08:49:37 GMT", "6 nov 1994 08:49:37"}) {
      CAPTURE(text);
      CHECK(parse_http_date(text) == expected);
    }
    for (const std::string_view text :
         {"", "now", "Sun, 06 Nov 1994", "Sun, 31 Feb 2026 08:49:37 GMT", "1 Jan 2026 24:00:00",
          "99999999999999999999 Jan 2026 00:00:00", ":::", "1:2:3:4 1 Jan 2026"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_http_date(text).has_value());
    }
  }
}
