// SPDX-License-Identifier: Apache-2.0
#include "tr111/udp_request.hpp"

#include <doctest/doctest.h>
#include <vector>

#include "base/crypto.hpp"
#include "base/text.hpp"

using namespace cpefleet;
using namespace cpefleet::tr111;
using Kind = UdpVerdict::Kind;

namespace {

constexpr std::string_view kPublished =
    "GET http://10.1.1.1:8080?ts=1120673700&id=1234&un=CPE57689&cn=XTGRWIPC6D3IPXS3"
    "&sig=3545F7B5820D76A3DF45A3A509DA8D8C38F13512 HTTP/1.1";
constexpr std::string_view kOwn =
    "GET http://10.1.1.1:8080?ts=1120673700&id=1234&un=CPE57689&cn=XTGRWIPC6D3IPXS3"
    "&sig=FDA44088E52A347CE49D6312521D5621EEB40037 HTTP/1.1\r\nHost: 10.1.1.1:8080\r\nContent-Length: 0\r\n\r\n";
constexpr UdpCredentials kCredentials{"CPE57689", "secret"};

std::string request(std::uint64_t time, std::uint64_t number) {
  return make_udp_request({"192.0.2.1:7547", time, number, "nonce"}, kCredentials);
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out(text);
  const auto at = out.find(what);
  REQUIRE(at != std::string::npos);
  return out.replace(at, what.size(), by);
}

std::string reason_of(std::string_view datagram) {
  UdpRequestGuard guard;
  const auto verdict = guard.check(datagram, kCredentials);
  return verdict.kind == Kind::ignored ? std::string(verdict.reason) : "it is not ignored";
}

}  // namespace

TEST_CASE("the published example is taken apart [U-12, U-13, U-17]") {
  const auto parsed = parse_udp_request(kPublished);
  REQUIRE(parsed);
  CHECK(parsed->authority == "10.1.1.1:8080");
  CHECK(parsed->time == 1120673700);
  CHECK(parsed->number == 1234);
  CHECK(parsed->username == "CPE57689");
  CHECK(parsed->nonce == "XTGRWIPC6D3IPXS3");
  CHECK(parsed->signature == "3545F7B5820D76A3DF45A3A509DA8D8C38F13512");
}

TEST_CASE("the vector with the password `secret` is accepted, with hexadecimal digits of any case [U-13, U-17]") {
  UdpRequestGuard guard;
  CHECK(guard.check(kOwn, kCredentials).kind == Kind::accepted);
  UdpRequestGuard another;
  const auto lower =
      replaced(kOwn, "FDA44088E52A347CE49D6312521D5621EEB40037", "fda44088e52a347ce49d6312521d5621eeb40037");
  CHECK(another.check(lower, kCredentials).kind == Kind::accepted);
}

TEST_CASE("what is made is what is accepted [U-12, U-13]") {
  CHECK(make_udp_request({"10.1.1.1:8080", 1120673700, 1234, "XTGRWIPC6D3IPXS3"}, kCredentials) ==
        replaced(kOwn, "FDA44088E52A347CE49D6312521D5621EEB40037", "fda44088e52a347ce49d6312521d5621eeb40037"));
  for (const UdpCredentials& credentials : std::vector<UdpCredentials>{
           {"", ""}, {"a b&c=d?%zz%41/\xff", "p\0w"}, {"000B82-GXP2170-000B82000001", "ä"}, {"+", "%"}}) {
    UdpRequestGuard guard;
    const auto datagram = make_udp_request({"[2001:db8::1]:7547", UINT64_MAX, UINT64_MAX, "a&b %"}, credentials);
    CHECK(guard.check(datagram, credentials).kind == Kind::accepted);
    CHECK(guard.check(datagram, credentials).kind == Kind::duplicate);
  }
}

TEST_CASE("a signature over the text of the URI, not the values escaped in it, is good as well") {
  const std::string signature = hmac_sha1_hex("secret", "51a%20bnonce");
  UdpRequestGuard guard;
  CHECK(guard.check("GET http://h:1?ts=5&id=1&un=a%20b&cn=nonce&sig=" + signature + " HTTP/1.1", {"a b", "secret"})
            .kind == Kind::accepted);
}

TEST_CASE("fields come in any order, a slash for the path, LF for CRLF, and the body counts nothing [U-12]") {
  for (const std::string& good :
       {replaced(kOwn, "ts=1120673700&id=1234", "id=1234&ts=1120673700"), replaced(kOwn, "8080?", "8080/?"),
        replaced(kOwn, "HTTP/1.1\r\n", "HTTP/1.1\n"), replaced(kOwn, "http://", "HTTP://"),
        std::string(kOwn.substr(0, kOwn.find('\r'))), std::string(kOwn) + "a body", replaced(kOwn, "Host", "\xff\n")})
    CHECK(reason_of(good) == "it is not ignored");
}

TEST_CASE("ill-formed datagrams are ignored, and the reason says what is wrong [U-12, U-14]") {
  const std::string line = "its first line is no GET of HTTP/1.1";
  for (const std::string& bad :
       {std::string(), std::string("G"), std::string("GET "), std::string("GET HTTP/1.1"), replaced(kOwn, "GET", "get"),
        replaced(kOwn, "GET", "POST"), replaced(kOwn, "HTTP/1.1", "HTTP/1.0"), replaced(kOwn, " HTTP/1.1", ""),
        replaced(kOwn, "GET ", "\nGET "), std::string(300, '\0')})
    CHECK(reason_of(bad) == line);
  const std::string uri = "its URI is not http://host:port?...";
  for (const std::string& bad : {replaced(kOwn, "http://10.1.1.1:8080", ""), replaced(kOwn, "http:", "https:"),
                                 replaced(kOwn, "8080?", "8080/x?"), replaced(kOwn, "10.1.1.1:8080?", "?"),
                                 replaced(kOwn, "?", "#"), std::string("GET  HTTP/1.1")})
    CHECK(reason_of(bad) == uri);
  const std::string query = "its query is not exactly ts, id, un, cn, sig";
  for (const std::string& bad :
       {replaced(kOwn, "ts=1120673700&", ""), replaced(kOwn, "ts=", "TS="), replaced(kOwn, "id=1234", "ts=1120673700"),
        replaced(kOwn, "ts=1120673700", "ts"), replaced(kOwn, "&un=", "&un=CPE57689&un="),
        replaced(kOwn, "&un=", "&more=x&un="), replaced(kOwn, "&id", "&&id"), replaced(kOwn, " HTTP", "& HTTP"),
        std::string("GET http://h? HTTP/1.1")})
    CHECK(reason_of(bad) == query);
  for (const std::string_view ts : {"", "-1", "1.5", "0x10", "99999999999999999999", " 1", "+1"})
    CHECK(reason_of(replaced(kOwn, "ts=1120673700", "ts=" + std::string(ts))) == "ts or id is no unsigned number");
  CHECK(reason_of(replaced(kOwn, "0037 ", "003 ")) == "sig has not 40 digits");
  CHECK(reason_of(replaced(kOwn, "0037 ", "00377 ")) == "sig has not 40 digits");
  CHECK(reason_of(replaced(kOwn, "0037 ", "003g ")) == "sig is not hexadecimal");
  CHECK(reason_of(std::string(kOwn) + std::string(4096, 'x')) == "longer than 4096 bytes");
}

TEST_CASE("another user or a wrong signature is ignored, and the reason has no password in it [U-14]") {
  const std::vector<std::pair<std::string, std::string>> changes{{"ts=1120673700", "ts=1120673701"},
                                                                 {"id=1234", "id=1235"},
                                                                 {"cn=X", "cn=Y"},
                                                                 {"sig=F", "sig=E"},
                                                                 {"0037 ", "0036 "}};
  for (const auto& [what, by] : changes)
    CHECK(reason_of(replaced(kOwn, what, by)) == "sig is not made with ConnectionRequestPassword");
  CHECK(reason_of(replaced(kOwn, "un=CPE57689", "un=CPE57688")) == "un is not ConnectionRequestUsername");
  UdpRequestGuard guard;
  const auto verdict = guard.check(kOwn, {"CPE57689", "Secret"});
  CHECK(verdict.kind == Kind::ignored);
  CHECK(verdict.reason.find("Secret") == std::string_view::npos);
}

TEST_CASE("a repeated id is a duplicate and starts nothing [U-14, U-15]") {
  UdpRequestGuard guard;
  CHECK(guard.check(request(100, 7), kCredentials).kind == Kind::accepted);
  CHECK(guard.check(request(100, 7), kCredentials).kind == Kind::duplicate);
  CHECK(guard.check(request(101, 7), kCredentials).kind == Kind::duplicate);
  CHECK(guard.check(request(101, 8), kCredentials).kind == Kind::accepted);
}

TEST_CASE("a time that is not later than the last one's is ignored [U-14]") {
  UdpRequestGuard guard;
  CHECK(guard.check(request(0, 1), kCredentials).kind == Kind::ignored);
  CHECK(guard.check(request(100, 0), kCredentials).kind == Kind::accepted);
  CHECK(guard.check(request(100, 2), kCredentials).kind == Kind::ignored);
  CHECK(guard.check(request(99, 3), kCredentials).kind == Kind::ignored);
  CHECK(guard.check(request(101, 4), kCredentials).kind == Kind::accepted);
}

TEST_CASE("a guard that is taken up again knows the time, and takes any id for a new one [U-14, B-1]") {
  UdpRequestGuard first;
  CHECK(first.last_time() == 0);
  CHECK(first.check(request(100, 7), kCredentials).kind == Kind::accepted);
  CHECK(first.last_time() == 100);
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{7}, UINT64_MAX}) {
    UdpRequestGuard again(first.last_time());
    CHECK(again.check(request(100, 7), kCredentials).kind == Kind::ignored);
    CHECK(again.check(request(101, number), kCredentials).kind == Kind::accepted);
    CHECK(again.check(request(101, number), kCredentials).kind == Kind::duplicate);
  }
}

TEST_CASE("what has the right signature says so, whatever became of it") {
  UdpRequestGuard guard;
  CHECK(guard.check(request(100, 7), kCredentials).authentic);
  CHECK(guard.check(request(100, 7), kCredentials).authentic);
  CHECK(guard.check(request(99, 8), kCredentials).authentic);
  CHECK_FALSE(guard.check(request(101, 9), {kCredentials.username, "guess"}).authentic);
}

TEST_CASE("what is ignored is not remembered: a forged time of the far future shuts nobody out [U-14]") {
  UdpRequestGuard guard;
  const auto forged = make_udp_request({"h:1", UINT64_MAX, 5, "n"}, {"CPE57689", "guess"});
  CHECK(guard.check(forged, kCredentials).kind == Kind::ignored);
  CHECK(guard.check(request(100, 5), kCredentials).kind == Kind::accepted);
}

TEST_CASE("the first byte tells STUN from a UDP Connection Request [U-18]") {
  const auto kind = [](std::string_view text) { return kind_of(std::as_bytes(std::span(text))); };
  CHECK(kind({"\0\1", 2}) == DatagramKind::stun);
  CHECK(kind("\1\1") == DatagramKind::stun);
  CHECK(kind(kOwn) == DatagramKind::udp_request);
  CHECK(kind("") == DatagramKind::other);
  CHECK(kind("\2") == DatagramKind::other);
  CHECK(kind("get") == DatagramKind::other);
}
