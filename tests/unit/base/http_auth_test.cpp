// SPDX-License-Identifier: Apache-2.0
#include "base/http_auth.hpp"

#include <doctest/doctest.h>

using namespace cpefleet;

namespace {

DigestInput rfc2617() {
  DigestInput in;
  in.username = "Mufasa";
  in.password = "Circle Of Life";
  in.realm = "testrealm@host.com";
  in.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
  in.cnonce = "0a4f113b";
  in.method = "GET";
  in.uri = "/dir/index.html";
  in.qop_auth = true;
  return in;
}

}  // namespace

TEST_SUITE("base.http_auth") {
  TEST_CASE("the example of RFC 2617 3.5 comes out [H-19, C-3]") {
    CHECK(digest_response(rfc2617()) == "6629fae49393a05397450978507c4ef1");
  }

  TEST_CASE("without qop the form of RFC 2069 is used [H-19, C-3]") {
    DigestInput in = rfc2617();
    in.password = "CircleOfLife";  // the example of RFC 2069, as its erratum corrects it
    in.qop_auth = false;
    CHECK(digest_response(in) == "1949323746fe6a43ef61f9606e7febea");
  }

  TEST_CASE("MD5-sess hashes both nonces into the key [H-19, C-3]") {
    DigestInput in = rfc2617();
    in.md5_sess = true;
    CHECK(digest_response(in) == "8e3825c57e897f5a0dec6c2d4e5059d0");
  }

  TEST_CASE("credentials are read whatever their white space, case, order and quoting") {
    const auto read = parse_digest_credentials(
        "digest  UserName = \"a\\\"b\\\\, c\" ,NC=00000001,qop=\"auth\",, uri=/x?y=1,unknown=1, response=ab, realm=\"\"");
    REQUIRE(read);
    CHECK(read->username == "a\"b\\, c");
    CHECK(read->nc == "00000001");
    CHECK(read->qop == "auth");
    CHECK(read->uri == "/x?y=1");
    CHECK(read->response == "ab");
    CHECK(read->realm.empty());
    CHECK(read->nonce.empty());
  }

  TEST_CASE("the first of two parameters of one name counts") {
    CHECK(parse_digest_credentials("Digest username=a, username=b")->username == "a");
  }

  TEST_CASE("what is no Digest is none, and what is broken says nothing") {
    for (const auto* text : {"", "Basic YTpi", "=", "Basic a, Digest username=x", "Digestusername=x"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_digest_credentials(text));
    }
    for (const auto* text : {"Digest", "Digest ", "Digest username", "Digest ,,,=,\"\\", "Digest =x"}) {
      CAPTURE(text);
      REQUIRE(parse_digest_credentials(text));
      CHECK(parse_digest_credentials(text)->username.empty());
    }
  }

  TEST_CASE("a header of many parameters is bounded") {
    std::string text = "Digest ";
    for (int i = 0; i < 1000; ++i) text += "x=1,";
    std::vector<AuthItem> items;
    read_auth_items(text, items);
    REQUIRE(items.size() == 1);
    CHECK(items[0].params.size() == 32);
    items.clear();
    std::string schemes;
    for (int i = 0; i < 1000; ++i) schemes += "Basic,";
    read_auth_items(schemes, items);
    CHECK(items.size() == 16);
  }

  TEST_CASE("no value breaks the header line") {
    std::string out;
    append_quoted(out, "realm", "a\"b\\c\r\nX: y\x7f");
    CHECK(out == R"(realm="a\"b\\cX: y")");
  }
}
