// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "datamodel/schema.hpp"

namespace cpefleet::datamodel {

// What one device has that its schema does not: values, rows added and deleted, the last instance number given in a
// table, attribute rules. One heap block, exactly as large as needed; none at all for a device that was never written to
// (the object is one pointer). Entries keep the order in which they were first written, which matters for attribute
// rules: the last that fits wins. Thread: the shard of its device.
class Delta {
 public:
  enum class Kind : std::uint8_t {
    value,
    row_added,
    row_deleted,
    last_instance,
    attribute,
    changed,  // the device changed it and no Inform has told so yet
    told,     // what an Inform last told of a parameter that changes by itself and is to be notified
  };
  struct Entry {
    Kind kind = Kind::value;
    Key key;
    std::string_view data;  // value, told: the text; last_instance: decimal; attribute: see attributes.cpp; else empty
  };

  Delta() = default;
  // All at once, in this order; no kind and key twice. For a delta that is read back: one block, written once.
  explicit Delta(std::span<const Entry> entries);
  Delta(Delta&& other) noexcept;
  Delta& operator=(Delta&& other) noexcept;
  Delta(const Delta&) = delete;
  Delta& operator=(const Delta&) = delete;
  ~Delta();

  [[nodiscard]] bool empty() const { return block_ == nullptr; }
  [[nodiscard]] std::optional<std::string_view> find(Kind kind, const Key& key) const;
  // Writes or replaces. Data of any length.
  void put(Kind kind, const Key& key, std::string_view data = {});
  void erase(Kind kind, const Key& key);
  // Erases every entry for which `gone` says true.
  void erase_if(const std::function<bool(const Entry&)>& gone);
  void for_each(const std::function<void(const Entry&)>& visit) const;
  void clear();
  [[nodiscard]] Delta clone() const;
  // Bytes on the heap.
  [[nodiscard]] std::size_t heap_bytes() const;

 private:
  struct Block;
  Block* block_ = nullptr;
};

// Whether a text can be the data of an attribute entry: what a model needs of one that comes from outside.
[[nodiscard]] bool is_attribute_rule(std::string_view data);

}  // namespace cpefleet::datamodel
