// SPDX-License-Identifier: Apache-2.0
#include "state/bytes.hpp"

namespace cpefleet::state {

void put_number(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

void ByteReader::fail() {
  good_ = false;
  rest_ = {};
}

std::uint8_t ByteReader::byte() {
  if (rest_.empty()) {
    fail();
    return 0;
  }
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::uint64_t ByteReader::number(std::uint64_t most) {
  constexpr unsigned kLastShift = 63;
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift <= kLastShift; shift += 7) {
    const std::uint64_t part = byte();
    if (!good_) return 0;
    const std::uint64_t bits = part & 0x7f;
    if (shift == kLastShift && part > 1) break;  // over 64 bits
    value |= bits << shift;
    if (part < 0x80) {
      if (value <= most) return value;
      break;
    }
  }
  fail();
  return 0;
}

std::string_view ByteReader::text() {
  const auto size = number(rest_.size());
  if (size > rest_.size()) fail();  // the length itself took bytes
  if (!good_) return {};
  const auto text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

std::size_t ByteReader::count(std::size_t each) {
  const auto value = number();
  if (value > rest_.size() / each) {
    fail();
    return 0;
  }
  return value;
}

}  // namespace cpefleet::state
