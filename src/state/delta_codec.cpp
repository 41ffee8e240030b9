// SPDX-License-Identifier: Apache-2.0
#include "state/delta_codec.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace cpefleet::state {
namespace {

using datamodel::Delta;
using datamodel::Instance;
using datamodel::kMaxDepth;
using datamodel::kNoNode;
using datamodel::Node;
using datamodel::NodeKind;
using datamodel::Schema;

// An entry: a byte with the kind and the number of tables on the way, the length of what its path shares with the path
// before, the rest of the path, as many instances as tables (0: the table itself, no row), the data.
constexpr unsigned kKindBits = 3;
constexpr std::size_t kMinEntry = 4;
constexpr auto kLastKind = static_cast<unsigned>(Delta::Kind::told);

bool is_stored(const Node& parameter) {
  return parameter.source == datamodel::Source::text || parameter.source == datamodel::Source::identity;
}

// Whether a model could have written this entry: the right kind of node and, on the way to it, rows.
bool fits(const Delta::Entry& entry, const Node& node) {
  const auto given = static_cast<std::size_t>(std::find(entry.key.at.begin(), entry.key.at.begin() + node.tables, 0) -
                                              entry.key.at.begin());
  const bool complete = given == node.tables;
  const bool table_itself = node.kind == NodeKind::table && given + 1 == node.tables;
  switch (entry.kind) {
    case Delta::Kind::value: return node.kind == NodeKind::parameter && complete && is_stored(node);
    case Delta::Kind::row_added:
    case Delta::Kind::row_deleted: return node.kind == NodeKind::table && complete;
    case Delta::Kind::last_instance: return table_itself;
    case Delta::Kind::attribute: return complete || table_itself;
    case Delta::Kind::changed:
    case Delta::Kind::told: return node.kind == NodeKind::parameter && complete;
  }
  return false;
}

bool has_duplicates(const std::vector<Delta::Entry>& entries) {
  std::vector<std::pair<Delta::Kind, datamodel::Key>> seen;
  seen.reserve(entries.size());
  for (const auto& entry : entries) seen.emplace_back(entry.kind, entry.key);
  std::sort(seen.begin(), seen.end());
  return std::adjacent_find(seen.begin(), seen.end()) != seen.end();
}

// Reads what follows a path. The node is not known yet.
Delta::Entry read_rest(ByteReader& reader, unsigned kind, unsigned places) {
  Delta::Entry entry;
  entry.kind = static_cast<Delta::Kind>(kind);
  for (unsigned i = 0; i < places; ++i) entry.key.at[i] = static_cast<Instance>(reader.number(UINT16_MAX));
  entry.data = reader.text();
  if (entry.kind == Delta::Kind::attribute && !datamodel::is_attribute_rule(entry.data)) reader.fail();
  return entry;
}

}  // namespace

void put_delta(std::string& out, const Delta& delta, const Schema& schema) {
  std::size_t count = 0;
  std::string entries;
  std::string before;
  delta.for_each([&](const Delta::Entry& entry) {
    const Node& node = schema.node(entry.key.node);
    auto path = schema.path(entry.key.node);
    const auto shared = static_cast<std::size_t>(
        std::mismatch(path.begin(), path.end(), before.begin(), before.end()).first - path.begin());
    entries += static_cast<char>(static_cast<unsigned>(entry.kind) | static_cast<unsigned>(node.tables) << kKindBits);
    put_number(entries, shared);
    put_text(entries, std::string_view(path).substr(shared));
    for (std::size_t i = 0; i < node.tables; ++i) put_number(entries, entry.key.at[i]);
    put_text(entries, entry.data);
    before = std::move(path);
    ++count;
  });
  put_number(out, count);
  out += entries;
}

DecodedDelta read_delta(ByteReader& reader, const Schema& schema) {
  DecodedDelta decoded;
  std::vector<Delta::Entry> entries;
  const auto count = reader.count(kMinEntry);
  entries.reserve(count);
  std::string path;
  for (std::size_t i = 0; i < count && reader.good(); ++i) {
    const unsigned tag = reader.byte();
    const unsigned kind = tag & ((1U << kKindBits) - 1);
    const unsigned places = tag >> kKindBits;
    path.resize(reader.number(path.size()));
    path += reader.text();
    if (kind > kLastKind || places > kMaxDepth || path.size() > kMaxPath) reader.fail();
    if (!reader.good()) break;
    auto entry = read_rest(reader, kind, places);
    entry.key.node = schema.find(path);
    const bool known = entry.key.node != kNoNode && schema.node(entry.key.node).tables == places;
    if (known && fits(entry, schema.node(entry.key.node))) {
      entries.push_back(entry);
    } else {
      ++decoded.dropped;
    }
  }
  if (has_duplicates(entries)) reader.fail();
  if (!reader.good()) return {};
  decoded.delta = Delta(entries);
  return decoded;
}

}  // namespace cpefleet::state
