// SPDX-License-Identifier: Apache-2.0
#include "datamodel/delta.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace cpefleet::datamodel;

namespace {

Key key(NodeId node, Instances at = {}) { return {node, at}; }

std::vector<std::string> texts(const Delta& delta) {
  std::vector<std::string> out;
  delta.for_each([&](const Delta::Entry& entry) { out.emplace_back(entry.data); });
  return out;
}

}  // namespace

TEST_CASE("a delta nothing was written to has nothing on the heap") {
  Delta delta;
  CHECK(delta.empty());
  CHECK(delta.heap_bytes() == 0);
  CHECK_FALSE(delta.find(Delta::Kind::value, key(1)).has_value());
  delta.erase(Delta::Kind::value, key(1));
  delta.erase_if([](const auto&) { return true; });
  CHECK(delta.clone().empty());
  CHECK(sizeof(Delta) == sizeof(void*));
}

TEST_CASE("values of any length come back, each kind by itself") {
  Delta delta;
  const std::string large(100'000, 'x');
  delta.put(Delta::Kind::value, key(7, {1, 2}), "small");
  delta.put(Delta::Kind::value, key(7, {1, 3}), large);
  delta.put(Delta::Kind::value, key(65534, {65535, 65535, 65535, 65535, 65535}), std::string_view("a\0b", 3));
  delta.put(Delta::Kind::row_added, key(7, {1, 2}));
  CHECK(delta.find(Delta::Kind::value, key(7, {1, 2})) == "small");
  CHECK(delta.find(Delta::Kind::value, key(7, {1, 3})) == large);
  CHECK(delta.find(Delta::Kind::value, key(65534, {65535, 65535, 65535, 65535, 65535})) == std::string_view("a\0b", 3));
  CHECK(delta.find(Delta::Kind::row_added, key(7, {1, 2})) == "");
  CHECK_FALSE(delta.find(Delta::Kind::row_deleted, key(7, {1, 2})).has_value());
  CHECK_FALSE(delta.find(Delta::Kind::value, key(7, {1})).has_value());
  CHECK_FALSE(delta.find(Delta::Kind::value, key(7)).has_value());
}

TEST_CASE("replacing a value keeps its place in the order") {
  Delta delta;
  for (const auto* text : {"a", "b", "c"}) delta.put(Delta::Kind::value, key(static_cast<NodeId>(text[0])), text);
  delta.put(Delta::Kind::value, key('b'), "longer than before");
  CHECK(texts(delta) == std::vector<std::string>{"a", "longer than before", "c"});
  delta.put(Delta::Kind::value, key('b'), "");
  CHECK(texts(delta) == std::vector<std::string>{"a", "", "c"});
}

TEST_CASE("the block is as large as its entries, and gone with the last of them") {
  Delta delta;
  delta.put(Delta::Kind::value, key(200, {1, 1, 1}), "0123456789");
  CHECK(delta.heap_bytes() <= sizeof(std::uint32_t) + 10 + 8);
  const auto one = delta.heap_bytes();
  delta.put(Delta::Kind::value, key(201, {1, 1, 1}), "0123456789");
  CHECK(delta.heap_bytes() - one <= 18);
  delta.erase(Delta::Kind::value, key(201, {1, 1, 1}));
  CHECK(delta.heap_bytes() == one);
  delta.erase(Delta::Kind::value, key(200, {1, 1, 1}));
  CHECK(delta.empty());
}

TEST_CASE("erase_if takes what it is told to") {
  Delta delta;
  for (NodeId i = 1; i <= 9; ++i) delta.put(Delta::Kind::value, key(i), std::to_string(i));
  delta.erase_if([](const Delta::Entry& entry) { return entry.key.node % 3 != 0; });
  CHECK(texts(delta) == std::vector<std::string>{"3", "6", "9"});
  delta.erase_if([](const Delta::Entry&) { return true; });
  CHECK(delta.empty());
}

TEST_CASE("a clone is independent, a moved-from delta empty") {
  Delta delta;
  delta.put(Delta::Kind::value, key(1), "one");
  Delta copy = delta.clone();
  copy.put(Delta::Kind::value, key(1), "uno");
  CHECK(delta.find(Delta::Kind::value, key(1)) == "one");
  Delta moved = std::move(delta);
  CHECK(moved.find(Delta::Kind::value, key(1)) == "one");
  moved = std::move(copy);
  CHECK(moved.find(Delta::Kind::value, key(1)) == "uno");
}

TEST_CASE("a value may be replaced by a part of itself") {
  Delta delta;
  delta.put(Delta::Kind::value, key(1), "abcdef");
  delta.put(Delta::Kind::value, key(1), delta.find(Delta::Kind::value, key(1))->substr(2, 3));
  CHECK(delta.find(Delta::Kind::value, key(1)) == "cde");
}
