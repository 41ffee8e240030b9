// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "base/crypto.hpp"
#include "scripted_cpe.hpp"

using namespace cpefleet;
using namespace cpefleet::acs;
using namespace cpefleet::acs::test;

namespace {

Options with_digest(std::string username = {}) {
  Options options;
  options.digest = true;
  options.username = std::move(username);
  options.password = "secret";
  options.bootstrap = false;
  return options;
}

std::string nonce_of(const Reply& reply) {
  const std::string challenge{header(reply, "WWW-Authenticate")};
  const std::string_view mark = "nonce=\"";
  const std::size_t begin = challenge.find(mark) + mark.size();
  return challenge.substr(begin, challenge.find('"', begin) - begin);
}

// RFC 2617 3.2.2.1, written here a second time so that the test does not trust the code.
std::string digest(const std::string& username, const std::string& password, const std::string& nonce,
                   const std::string& uri = "/") {
  const std::string ha1 = md5_hex(username + ":cpefleet:" + password);
  const std::string response = md5_hex(ha1 + ":" + nonce + ":00000001:abcdef:auth:" + md5_hex("POST:" + uri));
  return "Digest username=\"" + username + "\", realm=\"cpefleet\", nonce=\"" + nonce + "\", uri=\"" + uri +
         "\", qop=auth, nc=00000001, cnonce=\"abcdef\", response=\"" + response + "\", algorithm=MD5";
}

}  // namespace

TEST_CASE("an Inform without credentials is challenged and then admitted with Digest [H-19]") {
  Core core(with_digest());
  ScriptedCpe cpe(core);
  Reply reply = cpe.inform();
  CHECK(reply.status == 401);
  CHECK_FALSE(reply.close);
  CHECK(header(reply, "WWW-Authenticate").starts_with("Digest realm=\"cpefleet\",qop=\"auth\""));
  CHECK(header(reply, "WWW-Authenticate").find("stale") == std::string_view::npos);
  CHECK(core.devices().empty());

  cpe.authorization = digest("anybody", "secret", nonce_of(reply));
  CHECK(method_of(cpe.inform()) == "InformResponse");
  CHECK(cpe.post("").status == 204);
  CHECK(core.totals().challenges == 1);
  CHECK(core.totals().unauthorized == 0);
  CHECK(core.totals().sum.sessions == 1);
}

TEST_CASE("requests without credentials pass on the connection that had them, not on another [H-21]") {
  Core core(with_digest());
  ScriptedCpe cpe(core);
  const std::string authorization = digest("anybody", "secret", nonce_of(cpe.inform()));
  cpe.authorization = authorization;
  (void)cpe.inform();
  cpe.authorization.clear();
  cpe.connection = 2;
  CHECK(cpe.post("").status == 401);
  cpe.connection = 1;
  CHECK(cpe.post("").status == 204);

  cpe.authorization = authorization;
  (void)cpe.inform();
  cpe.connection = 2;
  CHECK(cpe.post("").status == 204);
}

TEST_CASE("wrong credentials are refused and counted") {
  Core core(with_digest());
  ScriptedCpe cpe(core);
  const std::string nonce = nonce_of(cpe.inform());
  const std::string good = digest("anybody", "secret", nonce);
  const auto broken = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string wrong[] = {digest("anybody", "Secret", nonce),
                               digest("anybody", "secret", nonce, "/other"),
                               broken("qop=auth", "qop=auth-int"),
                               broken("nc=00000001", "nc=1"),
                               broken("realm=\"cpefleet\"", "realm=\"x\""),
                               broken("algorithm=MD5", "algorithm=MD5-sess"),
                               broken("username=\"anybody\"", "username=\"somebody\""),
                               broken("cnonce=\"abcdef\"", "cnonce=\"\""),
                               "Basic YTpi",
                               "Digest",
                               "Digest ",
                               "Digest username",
                               "Digest username=\"never ends",
                               "Digest a=\"b\" c",
                               "Digest ,,,=,\"\\"};
  for (const std::string& text : wrong) {
    cpe.authorization = text;
    const Reply reply = cpe.inform();
    CHECK_MESSAGE(reply.status == 401, text);
    CHECK(reply.close);
  }
  CHECK(core.totals().unauthorized == std::size(wrong));
  CHECK(core.totals().sum.informs == 0);
  cpe.authorization = good;
  CHECK(cpe.inform().status == 200);
}

TEST_CASE("wrong credentials in mid-session end it") {
  Core core(with_digest());
  ScriptedCpe cpe(core);
  cpe.authorization = digest("anybody", "secret", nonce_of(cpe.inform()));
  (void)cpe.inform();
  cpe.authorization = "Digest nonsense=1";
  CHECK(cpe.post("").status == 401);
  CHECK(core.totals().sum.broken == 1);
  CHECK(core.totals().open_sessions == 0);
}

TEST_CASE("a nonce is stale after five minutes, and when it is not the ACS's own") {
  Core core(with_digest());
  ScriptedCpe cpe(core);
  cpe.now = TimePoint{std::chrono::hours{1}};
  const std::string nonce = nonce_of(cpe.inform());
  cpe.authorization = digest("anybody", "secret", nonce);
  cpe.now += std::chrono::minutes{5};
  CHECK(cpe.inform().status == 200);
  cpe.now += std::chrono::nanoseconds{1};
  Reply reply = cpe.inform();
  CHECK(reply.status == 401);
  CHECK_FALSE(reply.close);
  CHECK(header(reply, "WWW-Authenticate").find("stale=true") != std::string_view::npos);
  cpe.authorization = digest("anybody", "secret", nonce_of(reply));
  CHECK(cpe.inform().status == 200);

  for (const char* foreign : {"", "x", "00000000000000000000000000000000", "ffffffffffffffffffffffffffffffff"}) {
    cpe.authorization = digest("anybody", "secret", foreign);
    reply = cpe.inform();
    CHECK(reply.status == 401);
    CHECK(header(reply, "WWW-Authenticate").find("stale=true") != std::string_view::npos);
  }
  CHECK(core.totals().unauthorized == 0);
  CHECK(core.totals().challenges == 6);
}

TEST_CASE("with a user name set, that one and the device's own are admitted [H-22]") {
  Core core(with_digest("acs"));
  ScriptedCpe cpe(core, "00-0b82");
  const std::string nonce = nonce_of(cpe.inform());
  for (const char* good : {"acs", "000B82-GXP2170-00-0b82", "000B82-00-0b82", "000B82-GXP2170-00%2D0b82"}) {
    cpe.authorization = digest(good, "secret", nonce);
    CHECK_MESSAGE(cpe.inform().status == 200, good);
  }
  for (const char* bad : {"other", "", "000B82-GXP2170-another"}) {
    cpe.authorization = digest(bad, "secret", nonce);
    CHECK_MESSAGE(cpe.inform().status == 401, bad);
  }
  CHECK(core.totals().unauthorized == 3);
}

TEST_CASE("the connection request password depends on device and seed alone") {
  CHECK(connection_request_password("a", 1) == connection_request_password("a", 1));
  CHECK(connection_request_password("a", 1) != connection_request_password("b", 1));
  CHECK(connection_request_password("a", 1) != connection_request_password("a", 2));
  CHECK(connection_request_password("a", 1).size() == 16);
}
