// SPDX-License-Identifier: Apache-2.0
#include "tr111/stun_message.hpp"

#include <doctest/doctest.h>
#include <string>

#include "support/stun_peer.hpp"

using namespace cpefleet::tr111;
namespace test = cpefleet::test;

namespace {

using Datagram = std::vector<std::byte>;

const Endpoint kMapped = parse_endpoint("203.0.113.9", 40'000).value();
const Endpoint kOther = parse_endpoint("198.51.100.1", 5).value();
const Endpoint kMapped6 = parse_endpoint("2001:db8::9", 40'001).value();

TransactionId some_id() {
  TransactionId id;
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::byte>(0xa0 + i);
  return id;
}

std::string hex(Bytes bytes) {
  std::string out;
  for (const std::byte b : bytes) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

Datagram bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Datagram encoded(const BindingRequest& request) {
  Datagram out = bytes_of("what was there before");
  encode(request, out);
  return out;
}

// XOR-MAPPED-ADDRESS as RFC 5389 makes it of the cookie and the id.
Datagram xor_mapped(const Endpoint& endpoint, const TransactionId& id) {
  Datagram value = test::stun_address(endpoint);
  TransactionId mask = id;
  const unsigned cookie = 0x2112a442;
  for (unsigned i = 0; i < 4; ++i) mask[i] = static_cast<std::byte>(cookie >> (24 - 8 * i) & 0xff);
  for (std::size_t i = 0; i < 2; ++i) value[2 + i] ^= mask[i];
  for (std::size_t i = 4; i < value.size(); ++i) value[i] ^= mask[i - 4];
  return test::stun_attribute(0x0020, value);
}

}  // namespace

TEST_CASE("a keep-alive is a header and CONNECTION-REQUEST-BINDING, byte for byte [U-4, U-5]") {
  BindingRequest request;
  request.id = some_id();
  request.connection_request_binding = true;
  CHECK(hex(encoded(request)) ==
        "00010018a0a1a2a3a4a5a6a7a8a9aaabacadaeafc001001464736c666f72756d2e6f72672f54522d31313120");
}

TEST_CASE("BINDING-CHANGE has no value [U-6]") {
  BindingRequest request;
  request.connection_request_binding = true;
  request.binding_change = true;
  const auto datagram = encoded(request);
  CHECK(hex(datagram).ends_with("c0020000"));
  CHECK(test::read_stun_request(datagram).value().binding_change);
}

TEST_CASE("USERNAME is padded to a multiple of four, and its length counts that [U-7]") {
  for (std::size_t size = 1; size <= 9; ++size) {
    BindingRequest request;
    const std::string username(size, 'u');
    request.username = username;
    const auto seen = test::read_stun_request(encoded(request)).value();
    std::string padded = username;
    while (padded.size() % 4 != 0) padded += '\0';
    CHECK(seen.username == padded);
    CHECK_FALSE(seen.integrity);
  }
  CHECK_FALSE(test::read_stun_request(encoded({})).value().username);
}

TEST_CASE("a user name beyond all bounds is cut") {
  BindingRequest request;
  const std::string username(100'000, 'u');
  request.username = username;
  request.password = username;
  const auto datagram = encoded(request);
  CHECK(test::read_stun_request(datagram).value().username == std::string(kMaxStunUsername, 'u'));
  CHECK(test::integrity_holds(datagram, username));
}

TEST_CASE("MESSAGE-INTEGRITY is last, over the text padded to 64 bytes with the whole length in it [U-7]") {
  // 20 + 24 + 4 + size: below, at and over a multiple of 64.
  for (std::size_t size = 1; size <= 90; ++size) {
    BindingRequest request;
    request.id = some_id();
    request.connection_request_binding = true;
    const std::string username(size, 'u');
    request.username = username;
    request.password = "stun secret";
    const auto datagram = encoded(request);
    CHECK(test::read_stun_request(datagram).value().attributes.back() == 0x0008);
    CHECK(test::integrity_holds(datagram, "stun secret"));
    CHECK_FALSE(test::integrity_holds(datagram, "stun secreT"));
  }
  BindingRequest request;
  request.username = "u";
  request.password = "";
  CHECK(test::integrity_holds(encoded(request), ""));
}

TEST_CASE("MESSAGE-INTEGRITY of a fixed request has the value computed elsewhere [U-7]") {
  BindingRequest request;
  request.id = some_id();
  request.connection_request_binding = true;
  request.username = "alice";
  request.password = "secret";
  CHECK(hex(encoded(request)) ==
        "0001003ca0a1a2a3a4a5a6a7a8a9aaabacadaeafc001001464736c666f72756d2e6f72672f54522d31313120"
        "00060008616c69636500000000080014a6efd8b1d5dc8e99a71eda25619ded59f46409e6");
}

TEST_CASE("RESPONSE-ADDRESS carries both families [U-10]") {
  for (const Endpoint& endpoint : {kMapped, kMapped6}) {
    BindingRequest request;
    request.response_address = endpoint;
    CHECK(test::read_stun_request(encoded(request)).value().response_address == endpoint);
  }
}

TEST_CASE("a Binding Response gives the mapped address of either family [U-4]") {
  for (const Endpoint& endpoint : {kMapped, kMapped6}) {
    const auto answer = decode_binding_answer(test::stun_response(some_id(), endpoint));
    REQUIRE(answer);
    CHECK(answer->id == some_id());
    CHECK(answer->mapped == endpoint);
    CHECK(answer->error == 0);
  }
}

TEST_CASE("XOR-MAPPED-ADDRESS counts only where MAPPED-ADDRESS is missing [U-1]") {
  const auto id = some_id();
  const auto mapped = test::stun_attribute(0x0001, test::stun_address(kMapped));
  CHECK(decode_binding_answer(test::stun_message(0x0101, id, {xor_mapped(kOther, id), mapped}))->mapped == kMapped);
  CHECK(decode_binding_answer(test::stun_message(0x0101, id, {xor_mapped(kOther, id)}))->mapped == kOther);
  CHECK(decode_binding_answer(test::stun_message(0x0101, id, {xor_mapped(kMapped6, id)}))->mapped == kMapped6);
}

TEST_CASE("an error response gives its code, with or without a reason [U-4, U-7]") {
  CHECK(decode_binding_answer(test::stun_error(some_id(), 401))->error == 401);
  CHECK(decode_binding_answer(test::stun_error(some_id(), 600))->error == 600);
  auto value = bytes_of({"\0\0\x04\x1eStale", 9});
  CHECK(decode_binding_answer(test::stun_message(0x0111, some_id(), {test::stun_attribute(0x0009, value)}))->error ==
        430);
  CHECK_FALSE(decode_binding_answer(test::stun_message(0x0111, some_id(), {})));
  for (const std::string& bad : {std::string("\0\0\4", 3), std::string("\0\0\0\1", 4), std::string("\0\0\4d", 4)})
    CHECK_FALSE(
        decode_binding_answer(test::stun_message(0x0111, some_id(), {test::stun_attribute(0x0009, bytes_of(bad))})));
}

TEST_CASE("attributes that nobody knows, of any length, padded or not, are passed over") {
  const auto mapped = test::stun_attribute(0x0001, test::stun_address(kMapped));
  auto software = test::stun_attribute(0x8022, bytes_of("abcde"));
  CHECK(decode_binding_answer(test::stun_message(0x0101, some_id(), {mapped, software}))->mapped == kMapped);
  software.resize(12);
  CHECK(decode_binding_answer(test::stun_message(0x0101, some_id(), {software, mapped}))->mapped == kMapped);
}

TEST_CASE("the first address that can be read counts") {
  const auto first = test::stun_attribute(0x0001, test::stun_address(kMapped));
  const auto second = test::stun_attribute(0x0001, test::stun_address(kOther));
  const auto odd = test::stun_attribute(0x0001, bytes_of({"\0\1\0\1", 4}));
  CHECK(decode_binding_answer(test::stun_message(0x0101, some_id(), {odd, first, second}))->mapped == kMapped);
}

TEST_CASE("no answer: another type, a wrong length, no address, port 0, an attribute over the end") {
  const auto good = test::stun_response(some_id(), kMapped);
  REQUIRE(decode_binding_answer(good));
  for (const unsigned type : {0x0001U, 0x0100U, 0x0102U, 0x0112U, 0x8101U, 0x4745U, 0xffffU}) {
    auto bad = good;
    bad[0] = static_cast<std::byte>(type >> 8);
    bad[1] = static_cast<std::byte>(type & 0xff);
    CHECK_FALSE(decode_binding_answer(bad));
  }
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(decode_binding_answer(Bytes(good).first(size)));
  auto longer = good;
  longer.push_back(std::byte{0});
  CHECK_FALSE(decode_binding_answer(longer));
  for (const unsigned lie : {0U, 4U, 8U, 13U, 255U}) {
    auto lying = good;
    lying[3] = static_cast<std::byte>(lie);
    CHECK_FALSE(decode_binding_answer(lying));
  }
  auto over = good;
  over[23] = std::byte{9};
  CHECK_FALSE(decode_binding_answer(over));
  over[22] = over[23] = std::byte{0xff};
  CHECK_FALSE(decode_binding_answer(over));
  Endpoint port0 = kMapped;
  port0.port = 0;
  CHECK_FALSE(decode_binding_answer(test::stun_response(some_id(), port0)));
  CHECK_FALSE(decode_binding_answer(test::stun_message(0x0101, some_id(), {})));
  CHECK_FALSE(decode_binding_answer(test::stun_message(
      0x0101, some_id(),
      {test::stun_attribute(0x0001, test::stun_address(kMapped)), test::stun_attribute(0x8022, Datagram(2000))})));
}

TEST_CASE("the transaction of anything like STUN can be told, of nothing else") {
  CHECK(stun_transaction(test::stun_error(some_id(), 500)) == some_id());
  CHECK_FALSE(stun_transaction(bytes_of("GET http://h:1?ts=1 HTTP/1.1")));
  CHECK_FALSE(stun_transaction(Datagram(19)));
  CHECK_FALSE(stun_transaction({}));
}
