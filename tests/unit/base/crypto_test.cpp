// SPDX-License-Identifier: Apache-2.0
#include "base/crypto.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cpefleet;

TEST_CASE("MD5 gives the digests of RFC 1321") {
  CHECK(md5_hex("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_hex("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_CASE("HMAC-SHA1 gives the digests of RFC 2202 and takes empty keys") {
  CHECK(hmac_sha1_hex("Jefe", "what do ya want for nothing?") == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(hmac_sha1_hex(std::string(20, '\x0b'), "Hi There") == "b617318655057264e28bc0b6fb378c8ef146be00");
  CHECK(hmac_sha1_hex({}, {}) == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
  const auto raw = hmac_sha1("Jefe", "what do ya want for nothing?");
  CHECK(raw.front() == std::byte{0xef});
  CHECK(raw.back() == std::byte{0x79});
}

TEST_CASE("base64 encodes the vectors of RFC 4648 and decodes them back") {
  const std::pair<std::string, std::string> vectors[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(base64_encode(plain) == encoded);
    std::string out;
    CHECK(base64_decode(encoded, out));
    CHECK(out == plain);
  }
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  std::string out;
  CHECK(base64_decode(base64_encode(bytes), out));
  CHECK(out == bytes);
  CHECK(base64_decode("Zm9v\r\n YmFy ", out));
  CHECK(out == "foobar");
}

TEST_CASE("ill-formed base64 is refused") {
  std::string out;
  for (const std::string text :
       {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z=g=", "Zg==Zg==", "Zh==", "Zm9*", "====", "Zg==="})
    CHECK_MESSAGE(!base64_decode(text, out), text);
}

TEST_CASE("texts are compared as a whole, in whatever time") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "ab"));
  CHECK_FALSE(equal_in_constant_time("", "a"));
}
