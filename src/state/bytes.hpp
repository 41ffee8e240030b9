// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The pieces of a record: numbers as varints (seven bits a byte, lowest first), texts behind their length.
namespace cpefleet::state {

void put_number(std::string& out, std::uint64_t value);
void put_text(std::string& out, std::string_view text);

// Reads bytes that anyone may have written. After the first thing that cannot be read everything is 0 and empty, so only
// the end, and loops that store something, ask good().
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool good() const { return good_; }
  // Read to the last byte, and all of it good.
  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }
  void fail();

  std::uint8_t byte();
  // Fails on more than `most`.
  std::uint64_t number(std::uint64_t most = UINT64_MAX);
  // A view into the bytes.
  std::string_view text();
  // How many things of at least `each` bytes (1 or more) follow. Fails on more than there is room for, so whoever
  // reserves memory for them reserves in proportion to the bytes.
  std::size_t count(std::size_t each);

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace cpefleet::state
