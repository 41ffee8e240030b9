// SPDX-License-Identifier: Apache-2.0
#include "base/crypto.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cpefleet {
namespace {

std::string hex(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

const unsigned char* bytes_of(std::string_view text) {
  // OpenSSL takes bytes as unsigned char; the representation is the same.
  return reinterpret_cast<const unsigned char*>(text.data());
}

// -1 for a byte outside of the alphabet.
int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

std::string md5_hex(std::string_view data) {
  // Fetched once: OpenSSL 3 looks an algorithm up anew for every EVP_md5().
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (md5 == nullptr || EVP_Digest(data.data(), data.size(), digest.data(), &size, md5, nullptr) != 1) return {};
  return hex(digest.data(), size);
}

std::array<std::byte, 20> hmac_sha1(std::string_view key, std::string_view data) {
  std::array<std::byte, 20> digest{};
  unsigned int size = 0;
  if (key.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return digest;
  // A null key means "the key of the last call" to OpenSSL, an empty text may have one.
  const void* key_data = key.empty() ? "" : key.data();
  static_cast<void>(HMAC(EVP_sha1(), key_data, static_cast<int>(key.size()), bytes_of(data), data.size(),
                         reinterpret_cast<unsigned char*>(digest.data()), &size));
  return digest;
}

std::string hmac_sha1_hex(std::string_view key, std::string_view data) {
  const auto digest = hmac_sha1(key, data);
  return hex(reinterpret_cast<const unsigned char*>(digest.data()), digest.size());
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string base64_encode(std::string_view data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '\0');  // EVP writes a final NUL
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(data), static_cast<int>(data.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// By hand: EVP_DecodeBlock takes '=' anywhere for a zero and does not say how many bytes are padding.
bool base64_decode(std::string_view text, std::string& out) {
  out.clear();
  unsigned accumulator = 0;
  unsigned bits = 0;
  std::size_t characters = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;  // xsd:base64Binary allows white space
    ++characters;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = sextet(c);
    if (value < 0 || padding > 0) return false;
    accumulator = (accumulator << 6 | static_cast<unsigned>(value)) & 0xffffffU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(accumulator >> bits & 0xffU);
    }
  }
  const unsigned left_over = accumulator & ((1U << bits) - 1U);
  return characters % 4 == 0 && padding <= 2 && left_over == 0 && bits == padding * 2;
}

}  // namespace cpefleet
