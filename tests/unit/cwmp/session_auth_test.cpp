// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_auth.hpp"
#include "cwmp/session/auth.hpp"
#include "cwmp/session/challenge.hpp"

TEST_SUITE("cwmp.session.auth") {
  using cpefleet::digest_response;
  using cpefleet::DigestInput;
  using cpefleet::cwmp::Authenticator;
  using cpefleet::cwmp::Challenge;
  using cpefleet::cwmp::choose_challenge;

  namespace {
  auto choose(std::initializer_list<std::string_view> headers) {
    return choose_challenge(std::vector<std::string_view>(headers));
  }

  std::string value_of(std::string_view authorization, std::string_view name) {
    const std::string key = std::string(name) + "=";
    const std::size_t at = authorization.find(" " + key);
    if (at == std::string_view::npos) return "absent";
    std::string_view rest = authorization.substr(at + 1 + key.size());
    rest = rest.substr(0, rest.find(", "));
    if (rest.starts_with('"')) rest = rest.substr(1, rest.size() - 2);
    return std::string(rest);
  }
  }  // namespace

  TEST_CASE("the first Digest that can be answered wins over Basic") {
    const auto challenge = choose({R"(Basic realm="b", Digest realm="d", nonce="x", algorithm=SHA-256)",
                                   R"(Digest realm="e", nonce="y", algorithm=MD5)"});
    REQUIRE(challenge.has_value());
    CHECK(challenge->scheme == Challenge::Scheme::digest);
    CHECK(challenge->nonce == "y");
  }

  TEST_CASE("Basic is what remains when no Digest can be answered") {
    const auto challenge = choose({R"(Digest realm="d", nonce="x", qop="auth-int", Basic realm="b")"});
    REQUIRE(challenge.has_value());
    CHECK(challenge->scheme == Challenge::Scheme::basic);
    CHECK(challenge->realm == "b");
  }

  TEST_CASE("a challenge is read whatever its white space, case and quoting") {
    const auto challenge =
        choose({"dIGEST\tRealm = \"a \\\"b\\\", c\" ,NONCE=abc==,, Qop=auth,STALE=True,opaque=\"\""});
    REQUIRE(challenge.has_value());
    CHECK(challenge->realm == "a \"b\", c");
    CHECK(challenge->nonce == "abc==");
    CHECK(challenge->qop_auth);
    CHECK(challenge->stale);
    CHECK(challenge->has_opaque);
    CHECK(challenge->opaque.empty());
  }

  TEST_CASE("why no challenge will do is said") {
    CHECK(choose({}).error().find("without WWW-Authenticate") != std::string::npos);
    CHECK(choose({"Bearer realm=x"}).error().find("Basic or Digest") != std::string::npos);
    CHECK(choose({"Digest nonce=x, qop=\"auth-int\""}).error().find("auth-int") != std::string::npos);
    CHECK(choose({"Digest nonce=x, algorithm=SHA-512-256"}).error().find("algorithm") != std::string::npos);
    CHECK(choose({"Digest realm=x"}).error().find("nonce") != std::string::npos);
  }

  TEST_CASE("broken headers are read as far as they go") {
    for (const std::string_view header :
         {"", ",", "=", "\"", "Digest", "Digest =", "Digest nonce", "Digest nonce=", "Digest nonce=\"",
          "Digest nonce=\"\\", "\\", "Digest ,,,=\"x\"=", "Basic Basic Basic", "Digest\0nonce=x"}) {
      CAPTURE(header);
      const auto challenge = choose({header});
      CHECK((challenge.has_value() || !challenge.error().empty()));
    }
  }

  TEST_CASE("a header of a hundred thousand challenges is bounded") {
    std::string header;
    for (int i = 0; i < 100'000; ++i) header += "X y=\"z\", ";
    CHECK_FALSE(choose({header}).has_value());
  }

  TEST_CASE("the count of a nonce goes up, and starts again with a new one [H-19]") {
    Authenticator auth(7);
    CHECK(auth.authorization("POST", "/").empty());
    auth.accept(*choose({R"(Digest realm="r", nonce="n1", qop="auth")"}), {"u", "p"});
    CHECK(value_of(auth.authorization("POST", "/"), "nc") == "00000001");
    CHECK(value_of(auth.authorization("POST", "/"), "nc") == "00000002");
    auth.accept(*choose({R"(Digest realm="r", nonce="n2", qop="auth")"}), {"u", "p"});
    CHECK(value_of(auth.authorization("POST", "/"), "nc") == "00000001");
  }

  TEST_CASE("each connection has its own client nonce, each session others [H-20]") {
    Authenticator auth(7);
    auth.accept(*choose({R"(Digest realm="r", nonce="n1", qop="auth")"}), {"u", "p"});
    const auto first = value_of(auth.authorization("POST", "/"), "cnonce");
    CHECK(value_of(auth.authorization("POST", "/"), "cnonce") == first);
    auth.new_connection();
    CHECK(value_of(auth.authorization("POST", "/"), "cnonce") != first);
    Authenticator other(8);
    other.accept(*choose({R"(Digest realm="r", nonce="n1", qop="auth")"}), {"u", "p"});
    CHECK(value_of(other.authorization("POST", "/"), "cnonce") != first);
  }

  TEST_CASE("the response is the one of the values that are sent [H-19]") {
    Authenticator auth(7);
    auth.accept(*choose({R"(Digest realm="r", nonce="n1", qop="auth", algorithm=MD5-sess)"}), {"u", "p"});
    auth.new_connection();
    const auto sent = auth.authorization("POST", "/a?b");
    const auto cnonce = value_of(sent, "cnonce");
    DigestInput in;
    in.username = "u";
    in.password = "p";
    in.realm = "r";
    in.nonce = "n1";
    in.cnonce = cnonce;
    in.method = "POST";
    in.uri = "/a?b";
    in.qop_auth = true;
    in.md5_sess = true;
    CHECK(value_of(sent, "response") == digest_response(in));
    CHECK(value_of(sent, "uri") == "/a?b");
  }

  TEST_CASE("another origin is told nothing until it challenges") {
    Authenticator auth(7);
    auth.accept(*choose({"Basic realm=r"}), {"u", "p"});
    CHECK(auth.authorization("POST", "/") == "Basic dTpw");
    auth.forget();
    CHECK(auth.authorization("POST", "/").empty());
  }

  TEST_CASE("no value breaks the header line") {
    Authenticator auth(7);
    auth.accept(*choose({"Digest realm=\"a\r\nX: y\", nonce=\"n\r\n\""}), {"u\r\nHost: x", "p"});
    const auto sent = auth.authorization("POST", "/");
    CHECK(sent.find_first_of("\r\n") == std::string::npos);
  }
}
