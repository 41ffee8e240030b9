// SPDX-License-Identifier: Apache-2.0
#include "base/url.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cpefleet;

namespace {

Url url(std::string_view text) {
  auto parsed = parse_url(text);
  REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message()));
  return *parsed;
}

std::string error_of(std::string_view text) {
  const auto parsed = parse_url(text);
  return parsed ? "" : parsed.error().message();
}

}  // namespace

TEST_CASE("a URL is taken apart with default port and target") {
  CHECK(url("http://host") == Url{"http", "host", 80, "/"});
  CHECK(url("https://ACS.example:8443/cwmp?a=b&c#frag") == Url{"https", "acs.example", 8443, "/cwmp?a=b&c"});
  CHECK(url("HTTPS://acs/") == Url{"https", "acs", 443, "/"});
  CHECK(url("http://host?x=1") == Url{"http", "host", 80, "/?x=1"});
  CHECK(url("http://host:/") == Url{"http", "host", 80, "/"});
  CHECK(url(" http://10.0.0.1:7547/acs \n") == Url{"http", "10.0.0.1", 7547, "/acs"});
  CHECK(url("http://host/a%20b?q=%2F") == Url{"http", "host", 80, "/a%20b?q=%2F"});
  CHECK(url("http://host/a//b/../c").target == "/a//b/../c");
  CHECK(url("http://host/a@b:c").target == "/a@b:c");
}

TEST_CASE("IPv6 hosts are kept without brackets and written with them") {
  const auto u = url("http://[2001:DB8::1]:7547/x");
  CHECK(u == Url{"http", "2001:db8::1", 7547, "/x"});
  CHECK(u.text() == "http://[2001:db8::1]:7547/x");
  CHECK(url("https://[::1]").origin() == "https://[::1]");
}

TEST_CASE("origin leaves the default port out and path the query") {
  CHECK(url("http://h:80/a?b").text() == "http://h/a?b");
  CHECK(url("https://h:80/a?b").origin() == "https://h:80");
  CHECK(url("http://h/a?b?c").path() == "/a");
}

TEST_CASE("characters that should have been escaped are, outside of the host") {
  CHECK(url("http://h/a b\"<é>?q={1}|[x]").target == "/a%20b%22%3C%C3%A9%3E?q=%7B1%7D%7C%5Bx%5D");
  CHECK(url("http://h/100%/%zz").target == "/100%25/%25zz");
  CHECK(url("http://h/x#a#b").target == "/x");
}

TEST_CASE("user and password in a URL are refused and not repeated [P-81]") {
  for (const std::string text : {"http://user:geheim@host/", "http://user:ge heim@host/",
                                 "http://user:geheim@host:99999/", "ftp://user:geheim@host/"}) {
    const auto message = error_of(text);
    CHECK(message != "");
    CHECK_MESSAGE(message.find("heim") == std::string::npos, message);
  }
  CHECK(error_of("http://user:geheim@host/").find("user:password") != std::string::npos);
  CHECK(error_of("http://user@host/") != "");
  // Nor what stands behind the path: it may be a token.
  for (const std::string text : {"http://ho st/x?token=geheim", "http://host:99999/x?geheim", "host/x?token=geheim",
                                 "ftp://host/x?token=geheim", "http://host:x/#geheim", "http://ho st/#geheim",
                                 "ftp://host/x?user=a@b&token=geheim", "http://host:0/#a@geheim"}) {
    const auto message = error_of(text);
    CHECK_MESSAGE(message != "", text);
    CHECK_MESSAGE(message.find("heim") == std::string::npos, message);
  }
}

TEST_CASE("other schemes are refused by name [P-81]") {
  CHECK(error_of("ftp://host/").find("\"ftp\"") != std::string::npos);
  CHECK(error_of("file:///etc/passwd") != "");
  CHECK(error_of("acs.example.com:7547/x").find("must begin with http://") != std::string::npos);
}

TEST_CASE("ports are 1 to 65535") {
  CHECK(url("http://h:65535/").port == 65535);
  for (const std::string port : {"0", "65536", "99999", "65616", "18446744073709551696"})
    CHECK_MESSAGE(error_of("http://h:" + port + "/").find("not in 1..65535") != std::string::npos, port);
}

TEST_CASE("what is no URL is refused") {
  for (const std::string text : {"",
                                 "  ",
                                 "host",
                                 "/path",
                                 "http:",
                                 "http:/",
                                 "http://",
                                 "http:///x",
                                 "http://:80/",
                                 "http://h:0/",
                                 "http://h:65536/",
                                 "http://h:x/",
                                 "http://h h/",
                                 "http://[::1",
                                 "http://[zz]/",
                                 "http://[v1.x]/",
                                 "http://h\r\nX: y/",
                                 "http://h/\x01",
                                 "http://a%2eb/",
                                 "http://ä/",
                                 "http://a,b/",
                                 "://h",
                                 "1http://h/"})
    CHECK_MESSAGE(!parse_url(text), text);
}

TEST_CASE("references are resolved as in RFC 3986 5.4") {
  const auto base = url("http://a/b/c/d;p?q");
  const std::pair<std::string, std::string> cases[] = {{"g", "http://a/b/c/g"},
                                                       {"./g", "http://a/b/c/g"},
                                                       {"g/", "http://a/b/c/g/"},
                                                       {"/g", "http://a/g"},
                                                       {"//g", "http://g/"},
                                                       {"?y", "http://a/b/c/d;p?y"},
                                                       {"g?y", "http://a/b/c/g?y"},
                                                       {"#s", "http://a/b/c/d;p?q"},
                                                       {"g#s", "http://a/b/c/g"},
                                                       {"g?y#s", "http://a/b/c/g?y"},
                                                       {";x", "http://a/b/c/;x"},
                                                       {"", "http://a/b/c/d;p?q"},
                                                       {".", "http://a/b/c/"},
                                                       {"..", "http://a/b/"},
                                                       {"../g", "http://a/b/g"},
                                                       {"../..", "http://a/"},
                                                       {"../../../g", "http://a/g"},
                                                       {"/./g", "http://a/g"},
                                                       {"/../g", "http://a/g"},
                                                       {"g.", "http://a/b/c/g."},
                                                       {"./../g", "http://a/b/g"},
                                                       {"g;x=1/../y", "http://a/b/c/y"},
                                                       {"https://x:8443/y?z", "https://x:8443/y?z"},
                                                       {"//g:81/h", "http://g:81/h"},
                                                       {"/a b", "http://a/a%20b"},
                                                       {"//[::1]:99/x", "http://[::1]:99/x"}};
  for (const auto& example : cases) {
    const auto& reference = example.first;  // not a structured binding: clang 14 cannot capture those
    const auto& expected = example.second;
    const auto resolved = resolve_url(base, reference);
    REQUIRE_MESSAGE(resolved.has_value(), reference);
    CHECK_MESSAGE(resolved->text() == expected, reference);
  }
}

TEST_CASE("references to other schemes, with passwords or control characters are refused") {
  const auto base = url("https://[::1]:7547/acs");
  CHECK(resolve_url(base, "/x")->text() == "https://[::1]:7547/x");
  for (const std::string text :
       {"ftp://h/x", "javascript:alert(1)", "http://u:p@h/", "/a\nb", "http://h:70000/", "//", "http://"})
    CHECK_MESSAGE(!resolve_url(base, text), text);
}
