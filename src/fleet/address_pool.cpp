// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <iterator>

#include "base/text.hpp"
#include "fleet/group.hpp"

namespace cpefleet::fleet {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

// Adds to the address, carrying from byte `last` upwards.
void add(Bytes& address, std::size_t last, std::uint64_t n) {
  for (std::size_t i = last + 1; i-- > 0 && n != 0;) {
    n += address[i];
    address[i] = static_cast<std::uint8_t>(n & 0xff);
    n >>= 8;
  }
}

void append_address(const Bytes& address, bool v6, std::string& out) {
  if (!v6) {
    fmt::format_to(std::back_inserter(out), "{}.{}.{}.{}", address[0], address[1], address[2], address[3]);
    return;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(AF_INET6, address.data(), text.data(), text.size()) != nullptr) out += text.data();
}

// Clears all bits behind the prefix; true when one was set.
bool clear_host_bits(Bytes& address, unsigned prefix) {
  bool any = false;
  for (unsigned bit = prefix; bit < address.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80u >> (bit % 8));
    any = any || (address[bit / 8] & mask) != 0;
    address[bit / 8] = static_cast<std::uint8_t>(address[bit / 8] & ~mask);
  }
  return any;
}

std::uint64_t number(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

Result<AddressPool> AddressPool::parse(std::string_view cidr) {
  const std::size_t slash = cidr.find('/');
  const std::string host(cidr.substr(0, slash));
  AddressPool pool;
  pool.range_ = cidr;
  pool.v6_ = host.find(':') != std::string::npos;
  const unsigned bits = pool.v6_ ? 128 : 32;
  const auto prefix = slash == std::string_view::npos ? std::nullopt : parse_uint(cidr.substr(slash + 1));
  if (!prefix || *prefix > bits || inet_pton(pool.v6_ ? AF_INET6 : AF_INET, host.c_str(), pool.base_.data()) != 1) {
    return failure(fmt::format("`{}` is no address range such as 10.20.0.0/15 or 2001:db8::/64", cidr));
  }
  if (clear_host_bits(pool.base_, static_cast<unsigned>(*prefix))) {
    std::string meant;
    append_address(pool.base_, pool.v6_, meant);
    return failure(fmt::format("`{}` has bits set behind its prefix (did you mean \"{}/{}\"?)", cidr, meant, *prefix));
  }
  const std::uint64_t host_bits = bits - *prefix;
  pool.capacity_ = host_bits >= 64 ? UINT64_MAX : std::uint64_t{1} << host_bits;
  if (!pool.v6_ && host_bits >= 2) {  // RFC 3021: a /31 has neither a network nor a broadcast address
    pool.capacity_ -= 2;
    add(pool.base_, 3, 1);
  }
  return pool;
}

void AddressPool::append(std::uint64_t index, std::string& out) const {
  Bytes address = base_;
  add(address, v6_ ? 15 : 3, index);
  append_address(address, v6_, out);
}

std::optional<std::uint64_t> AddressPool::index_of(std::string_view address) const {
  const std::string text(address);
  Bytes bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return index_of(std::span(bytes).first(4));
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return index_of(bytes);
  return std::nullopt;
}

std::optional<std::uint64_t> AddressPool::index_of(std::span<const std::uint8_t> address) const {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!v6_ && address.size() == 16 && std::equal(kMapped.begin(), kMapped.end(), address.begin())) {
    address = address.subspan(kMapped.size());
  }
  const std::size_t size = v6_ ? 16 : 4;
  if (address.size() != size) return std::nullopt;
  // Of IPv6 only the lower half counts devices.
  const std::size_t upper = size - std::min<std::size_t>(size, 8);
  const std::span first(base_.data(), size);
  const std::uint64_t from = number(first.subspan(upper));
  const std::uint64_t to = number(address.subspan(upper));
  if (to < from || to - from >= capacity_ || number(first.first(upper)) != number(address.first(upper))) {
    return std::nullopt;
  }
  return to - from;
}

}  // namespace cpefleet::fleet
