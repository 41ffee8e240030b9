// SPDX-License-Identifier: Apache-2.0
#include "datamodel/delta.hpp"

#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace cpefleet::datamodel {

// One entry: a byte with the kind and the number of instances, then, as varints, node, instances, length of the data, and
// the data. With a node id under 16384 and small instances that is 4 bytes + one per table on the way.
struct Delta::Block {
  std::uint32_t size = 0;  // of what follows

  [[nodiscard]] const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  [[nodiscard]] char* bytes() { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] std::string_view text() const { return {bytes(), size}; }

  static Block* make(std::size_t size) {
    auto* const block = new (::operator new(sizeof(Block) + size)) Block;
    block->size = static_cast<std::uint32_t>(size);
    return block;
  }
  static void free(Block* block) { ::operator delete(block); }
};

namespace {

constexpr unsigned kKindBits = 3;
constexpr std::size_t kMaxPrefix = 1 + 3 + 3 * kMaxDepth + 5;

void put_varint(std::uint32_t value, char*& to) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>((value & 0x7f) | 0x80);
  *to++ = static_cast<char>(value);
}

std::uint32_t get_varint(const char*& from) {
  std::uint32_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*from++);
    value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

// What an entry of this kind and key starts with; the encoding is unique, so equal bytes mean the same entry.
std::string_view encode_prefix(Delta::Kind kind, const Key& key, char (&buffer)[kMaxPrefix]) {
  unsigned places = kMaxDepth;
  while (places > 0 && key.at[places - 1] == 0) --places;
  char* to = buffer;
  *to++ = static_cast<char>(static_cast<unsigned>(kind) | places << kKindBits);
  put_varint(key.node, to);
  for (unsigned i = 0; i < places; ++i) put_varint(key.at[i], to);
  return {buffer, static_cast<std::size_t>(to - buffer)};
}

Delta::Entry decode(const char*& from) {
  Delta::Entry entry;
  const auto tag = static_cast<unsigned char>(*from++);
  entry.kind = static_cast<Delta::Kind>(tag & ((1U << kKindBits) - 1));
  entry.key.node = static_cast<NodeId>(get_varint(from));
  for (unsigned i = 0; i < static_cast<unsigned>(tag) >> kKindBits; ++i)
    entry.key.at[i] = static_cast<Instance>(get_varint(from));
  const auto size = get_varint(from);
  entry.data = {from, size};
  from += size;
  return entry;
}

// Where the entry with this prefix starts and ends in a block; both at the end when there is none.
struct Found {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view data;
};
Found search(std::string_view block, std::string_view prefix) {
  const char* at = block.data();
  const char* const end = at + block.size();
  while (at != end) {
    const char* const start = at;
    // A block never ends inside an entry, so a prefix that runs over the end of it cannot be equal before that.
    const bool same =
        static_cast<std::size_t>(end - at) > prefix.size() && std::memcmp(at, prefix.data(), prefix.size()) == 0;
    const auto entry = decode(at);
    if (same)
      return {static_cast<std::size_t>(start - block.data()), static_cast<std::size_t>(at - block.data()), entry.data};
  }
  return {block.size(), block.size(), {}};
}

}  // namespace

Delta::Delta(std::span<const Entry> entries) {
  std::string all;
  char buffer[kMaxPrefix];
  for (const auto& entry : entries) {
    const auto prefix = encode_prefix(entry.kind, entry.key, buffer);
    char* head_end = buffer + prefix.size();
    put_varint(static_cast<std::uint32_t>(entry.data.size()), head_end);
    all.append(buffer, head_end).append(entry.data);
  }
  if (all.empty()) return;
  block_ = Block::make(all.size());
  all.copy(block_->bytes(), all.size());
}

Delta::Delta(Delta&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}

Delta& Delta::operator=(Delta&& other) noexcept {
  if (this != &other) {
    clear();
    block_ = std::exchange(other.block_, nullptr);
  }
  return *this;
}

Delta::~Delta() { clear(); }

void Delta::clear() { Block::free(std::exchange(block_, nullptr)); }

std::optional<std::string_view> Delta::find(Kind kind, const Key& key) const {
  if (!block_) return std::nullopt;
  char buffer[kMaxPrefix];
  const auto found = search(block_->text(), encode_prefix(kind, key, buffer));
  if (found.begin == found.end) return std::nullopt;
  return found.data;
}

void Delta::put(Kind kind, const Key& key, std::string_view data) {
  char buffer[kMaxPrefix];
  const auto prefix = encode_prefix(kind, key, buffer);
  char* head_end = buffer + prefix.size();
  put_varint(static_cast<std::uint32_t>(data.size()), head_end);
  const std::string_view head(buffer, static_cast<std::size_t>(head_end - buffer));

  const auto old = block_ ? block_->text() : std::string_view{};
  const auto found = search(old, prefix);
  Block* const block = Block::make(old.size() - (found.end - found.begin) + head.size() + data.size());
  char* to = block->bytes();
  for (const auto part : {old.substr(0, found.begin), head, data, old.substr(found.end)})
    to += part.copy(to, part.size());
  Block::free(std::exchange(block_, block));
}

void Delta::erase(Kind kind, const Key& key) {
  if (!block_) return;
  char buffer[kMaxPrefix];
  const auto old = block_->text();
  const auto found = search(old, encode_prefix(kind, key, buffer));
  if (found.begin == found.end) return;
  if (found.end - found.begin == old.size()) return clear();
  Block* const block = Block::make(old.size() - (found.end - found.begin));
  old.copy(block->bytes(), found.begin);
  old.copy(block->bytes() + found.begin, std::string_view::npos, found.end);
  Block::free(std::exchange(block_, block));
}

void Delta::erase_if(const std::function<bool(const Entry&)>& gone) {
  if (!block_) return;
  const auto old = block_->text();
  std::string kept;
  for (const char* at = old.data(); at != old.data() + old.size();) {
    const char* const start = at;
    if (!gone(decode(at))) kept.append(start, at);
  }
  if (kept.size() == old.size()) return;
  if (kept.empty()) return clear();
  Block* const block = Block::make(kept.size());
  kept.copy(block->bytes(), kept.size());
  Block::free(std::exchange(block_, block));
}

void Delta::for_each(const std::function<void(const Entry&)>& visit) const {
  if (!block_) return;
  const auto all = block_->text();
  for (const char* at = all.data(); at != all.data() + all.size();) visit(decode(at));
}

Delta Delta::clone() const {
  Delta copy;
  if (block_) {
    copy.block_ = Block::make(block_->size);
    block_->text().copy(copy.block_->bytes(), block_->size);
  }
  return copy;
}

std::size_t Delta::heap_bytes() const { return block_ ? sizeof(Block) + block_->size : 0; }

}  // namespace cpefleet::datamodel
