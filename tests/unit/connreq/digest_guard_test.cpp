// SPDX-License-Identifier: Apache-2.0
#include "connreq/digest_guard.hpp"

#include <doctest/doctest.h>

#include "base/crypto.hpp"

using namespace cpefleet;
using namespace cpefleet::connreq;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kTarget = "/7-0123456789abcdef";

// A client, written here a second time so that the test does not trust the code (RFC 2617 3.2.2.1).
struct Client {
  std::string username = "user";
  std::string password = "secret";
  std::string realm = "CPE-3.6.13";
  std::string nonce;
  std::string uri{kTarget};
  std::string nc = "00000001";
  std::string cnonce = "abcdef";
  std::string qop = "auth";
  std::string algorithm = "MD5";
  std::string method = "GET";

  [[nodiscard]] std::string response() const {
    std::string ha1 = md5_hex(username + ":" + realm + ":" + password);
    if (algorithm == "MD5-sess") ha1 = md5_hex(ha1 + ":" + nonce + ":" + cnonce);
    const std::string ha2 = md5_hex(method + ":" + uri);
    if (qop.empty()) return md5_hex(ha1 + ":" + nonce + ":" + ha2);
    return md5_hex(ha1 + ":" + nonce + ":" + nc + ":" + cnonce + ":" + qop + ":" + ha2);
  }
  [[nodiscard]] std::string authorization() const {
    std::string out = "Digest username=\"" + username + "\",realm=\"" + realm + "\",nonce=\"" + nonce + "\",uri=\"" +
                      uri + "\",response=\"" + response() + "\"";
    if (!algorithm.empty()) out += ",algorithm=" + algorithm;
    if (!qop.empty()) out += ",qop=" + qop + ",nc=" + nc + ",cnonce=\"" + cnonce + "\"";
    return out;
  }
};

std::string nonce_in(std::string_view challenge) {
  const std::string_view mark = "nonce=\"";
  const std::size_t begin = challenge.find(mark) + mark.size();
  return std::string(challenge.substr(begin, challenge.find('"', begin) - begin));
}

struct Device {
  Device() : guard({"of this run", 5min, 1000}) { client.nonce = nonce_in(guard.challenge(guarded, now)); }

  GuardOutcome ask(const std::string& authorization, std::string_view target = kTarget,
                   std::string_view method = "GET") {
    return guard.check({method, target, authorization}, guarded, now);
  }
  GuardOutcome ask() { return ask(client.authorization()); }

  DigestGuard guard;
  Guarded guarded{7, "CPE-3.6.13", "user", "secret", false};
  TimePoint now{1h};
  Client client;
};

}  // namespace

TEST_SUITE("connreq.digest_guard") {
  TEST_CASE("without credentials a device challenges with Digest, MD5 and qop auth [C-3]") {
    Device device;
    CHECK(device.ask("").verdict == Verdict::challenge);
    CHECK(device.ask("  ").verdict == Verdict::challenge);
    std::string challenge = device.guard.challenge(device.guarded, device.now);
    const std::string nonce = nonce_in(challenge);
    CHECK(nonce.size() == 32);
    CHECK(challenge == "Digest realm=\"CPE-3.6.13\", qop=\"auth\", nonce=\"" + nonce + "\", algorithm=MD5");
    device.guarded.opaque = true;
    challenge = device.guard.challenge(device.guarded, device.now, true);
    CHECK(challenge.find(", opaque=\"") != std::string::npos);
    CHECK(challenge.ends_with(", stale=true"));
  }

  TEST_CASE("each challenge has a nonce of its own [C-3]") {
    Device device;
    const std::string first = nonce_in(device.guard.challenge(device.guarded, device.now));
    const std::string second = nonce_in(device.guard.challenge(device.guarded, device.now));
    CHECK(first != second);
    device.client.nonce = first;
    CHECK(device.ask().verdict == Verdict::ok);
    device.client.nonce = second;
    CHECK(device.ask().verdict == Verdict::ok);
  }

  TEST_CASE("the right password is accepted, in every form that clients send [C-3, C-9]") {
    Device device;
    Client& client = device.client;
    std::string_view target = kTarget;
    SUBCASE("as GenieACS writes it") {
      client.uri = std::string(kTarget) + "?x=1";
      target = client.uri;
    }
    SUBCASE("the uri is a URL") { client.uri = "http://10.20.0.1:7547" + std::string(kTarget); }
    SUBCASE("the uri is the path, the target has a query") { target = "/7-0123456789abcdef?x=1"; }
    SUBCASE("the target is a URL, the uri the path") { target = "http://10.20.0.1:7547/7-0123456789abcdef"; }
    SUBCASE("MD5-sess") { client.algorithm = "MD5-sess"; }
    SUBCASE("no algorithm") { client.algorithm.clear(); }
    SUBCASE("no qop, RFC 2069") { client.qop.clear(); }
    SUBCASE("a short nc") { client.nc = "1"; }
    SUBCASE("no cnonce") { client.cnonce.clear(); }
    const std::string authorization = client.authorization();
    CHECK(device.ask(authorization, target).verdict == Verdict::ok);
    const GuardOutcome again = device.ask(authorization, target);
    CHECK(again.verdict == Verdict::stale);
    CHECK_FALSE(again.reason.empty());
  }

  TEST_CASE("a response in capitals is the same response") {
    Device device;
    std::string text = device.client.authorization();
    const std::size_t at = text.find("response=\"") + 10;
    for (std::size_t i = at; text[i] != '"'; ++i) text[i] = static_cast<char>(std::toupper(text[i]));
    CHECK(device.ask(text).verdict == Verdict::ok);
  }

  TEST_CASE("wrong credentials are wrong, and the reason tells nothing of them [C-3]") {
    Device device;
    Client client = device.client;
    std::string authorization;
    SUBCASE("another password") { client.password = "Secret"; }
    SUBCASE("another username") { client.username = "admin"; }
    SUBCASE("another realm") { client.realm = "cpe"; }
    SUBCASE("another uri") { client.uri = "/8-0123456789abcdef"; }
    SUBCASE("no uri") { client.uri.clear(); }
    SUBCASE("another method was hashed") { client.method = "POST"; }
    SUBCASE("another algorithm") { client.algorithm = "SHA-256"; }
    SUBCASE("qop=auth-int") { client.qop = "auth-int"; }
    SUBCASE("nc is no number") { client.nc = "0000000g"; }
    SUBCASE("nc is too long") { client.nc = "000000001"; }
    SUBCASE("nc is empty") { client.nc.clear(); }
    SUBCASE("no parameters") { authorization = "Digest"; }
    SUBCASE("a quote that never ends") { authorization = "Digest username=\"secret"; }
    SUBCASE("Basic") { authorization = "Basic dXNlcjpzZWNyZXQ="; }
    SUBCASE("another scheme") { authorization = "Negotiate secret"; }
    if (authorization.empty()) authorization = client.authorization();
    const GuardOutcome outcome = device.ask(authorization);
    CHECK(outcome.verdict == Verdict::wrong);
    CHECK_FALSE(outcome.reason.empty());
    for (const char* secret : {"secret", "Secret", "admin"}) {
      CHECK(outcome.reason.find(secret) == std::string_view::npos);
    }
    CHECK(device.ask().verdict == Verdict::ok);  // a failed one uses nothing up
  }

  TEST_CASE("a nonce is stale after five minutes [C-3]") {
    Device device;
    device.now += 5min;
    CHECK(device.ask().verdict == Verdict::ok);
    device.client.nc = "00000002";
    device.now += 1s;
    CHECK(device.ask().verdict == Verdict::stale);
    device.client.nonce = nonce_in(device.guard.challenge(device.guarded, device.now, true));
    device.client.nc = "00000001";
    CHECK(device.ask().verdict == Verdict::ok);
  }

  TEST_CASE("a nonce of another device, another run or nobody is stale for the right password, not wrong [C-3]") {
    Device device;
    const Guarded neighbour{8, "CPE-3.6.13", "user", "secret", false};
    DigestGuard other({"of another run", 5min, 10});
    std::string later = device.client.nonce;
    later[7] = later[7] == 'f' ? '0' : 'f';
    for (const std::string& nonce :
         {nonce_in(device.guard.challenge(neighbour, device.now)),
          nonce_in(other.challenge(device.guarded, device.now)), std::string(), std::string("x"), std::string(32, '0'),
          std::string(32, 'f'), std::string(10'000, 'a'), later, device.client.nonce + "0",
          device.client.nonce.substr(0, 31)}) {
      CAPTURE(nonce);
      Client client = device.client;
      client.nonce = nonce;
      CHECK(device.ask(client.authorization()).verdict == Verdict::stale);
    }
    CHECK(device.ask().verdict == Verdict::ok);
  }

  TEST_CASE("nc must grow for a nonce, so a captured request starts nothing [C-3]") {
    Device device;
    Client& client = device.client;
    const std::string first = client.authorization();
    CHECK(device.ask(first).verdict == Verdict::ok);
    client.nc = "0000000a";
    CHECK(device.ask().verdict == Verdict::ok);
    CHECK(device.ask(first).verdict == Verdict::stale);
    client.nc = "00000009";
    CHECK(device.ask().verdict == Verdict::stale);
    client.qop.clear();
    CHECK(device.ask().verdict == Verdict::stale);
    client.qop = "auth";
    client.nc = "0000000b";
    CHECK(device.ask().verdict == Verdict::ok);
  }

  TEST_CASE("a memory that is too small refuses replays all the same") {
    Device device;
    device.guard = DigestGuard({"of this run", 5min, 1});
    std::vector<std::string> sent;
    for (int i = 0; i < 100; ++i) {
      device.client.nonce = nonce_in(device.guard.challenge(device.guarded, device.now));
      sent.push_back(device.client.authorization());
      CHECK(device.ask(sent.back()).verdict == Verdict::ok);
    }
    for (const std::string& captured : sent) CHECK(device.ask(captured).verdict == Verdict::stale);
  }

  TEST_CASE("without username and password a device accepts anybody; with one of them it does not") {
    Device device;
    device.guarded.username = device.guarded.password = "";
    CHECK(device.ask("").verdict == Verdict::ok);
    CHECK(device.ask("Digest nonsense").verdict == Verdict::ok);
    device.guarded.username = "user";
    CHECK(device.ask("").verdict == Verdict::challenge);
    device.client.password.clear();
    CHECK(device.ask().verdict == Verdict::ok);
    device.guarded.username = "";
    device.guarded.password = "secret";
    CHECK(device.ask("").verdict == Verdict::challenge);
  }
}
