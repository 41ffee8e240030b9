// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"
#include "datamodel/model.hpp"

namespace cpefleet::datamodel {
namespace {

constexpr int kNotThere = 9005;
constexpr int kFull = 9004;

bool fits(const Instances& pattern, const Instances& at, std::size_t places) {
  for (std::size_t i = 0; i < places; ++i) {
    if (pattern[i] != 0 && pattern[i] != at[i]) return false;
  }
  return true;
}

bool same_start(const Instances& a, const Instances& b, std::size_t places) {
  return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(places), b.begin());
}

std::size_t parents_of(const Node& table) { return table.tables - 1U; }

Instance row_of(const Node& table, const Key& row) { return row.at[parents_of(table)]; }

// A table's key from a row's, or the other way round.
Key with_row(const Node& table, Key key, Instance row) {
  key.at[parents_of(table)] = row;
  return key;
}

}  // namespace

bool Model::row_exists(const Key& row) const {
  const Node& table = schema_.node(row.node);
  const Instance number = row_of(table, row);
  if (index().may_have(row.node)) {
    if (index().find(Delta::Kind::row_added, row)) return true;
    if (index().find(Delta::Kind::row_deleted, row)) return false;
  }
  return std::any_of(table.factory_rows.begin(), table.factory_rows.end(), [&](const FactoryRows& factory) {
    return fits(factory.parents, row.at, parents_of(table)) &&
           std::find(factory.rows.begin(), factory.rows.end(), number) != factory.rows.end();
  });
}

void Model::append_rows(const Key& table_key, std::vector<Instance>& out) const {
  const Node& table = schema_.node(table_key.node);
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const auto& factory : table.factory_rows) {
    if (fits(factory.parents, table_key.at, parents_of(table)))
      out.insert(out.end(), factory.rows.begin(), factory.rows.end());
  }
  // A factory row that was deleted and whose number came round again is both deleted and added: there.
  for (const auto kind : {Delta::Kind::row_deleted, Delta::Kind::row_added}) {
    for (const auto& slot : index().of(table_key.node)) {
      if (slot.kind != kind || !same_start(slot.key.at, table_key.at, parents_of(table))) continue;
      if (kind == Delta::Kind::row_added) {
        out.push_back(row_of(table, slot.key));
      } else {
        out.erase(std::remove(out.begin() + first, out.end(), row_of(table, slot.key)), out.end());
      }
    }
  }
  std::sort(out.begin() + first, out.end());
  out.erase(std::unique(out.begin() + first, out.end()), out.end());
}

std::vector<Instance> Model::rows(const Key& table) const {
  std::vector<Instance> out;
  append_rows(table, out);
  return out;
}

std::size_t Model::count_rows(const Key& table) const { return rows(table).size(); }

// Rows of the last of `tables` below a row of the table above the first.
std::size_t Model::count_below(const Key& at, std::span<const NodeId> tables) const {
  const Node& table = schema_.node(tables.front());
  const Key key = with_row(table, Key{tables.front(), at.at}, 0);
  if (tables.size() == 1) return count_rows(key);
  std::size_t count = 0;
  for (const auto row : rows(key)) count += count_below(with_row(table, key, row), tables.subspan(1));
  return count;
}

// P-73. A limit kept in a parameter counts all rows below the object that has it: MaxLineCount is "across all profiles".
std::optional<std::string> Model::why_full(const Key& table_key) const {
  const Node& table = schema_.node(table_key.node);
  if (table.max_rows != 0 && count_rows(table_key) >= table.max_rows)
    return fmt::format("no more than {} rows", table.max_rows);
  if (table.max_rows_parameter == kNoNode) return std::nullopt;

  const Node& parameter = schema_.node(table.max_rows_parameter);
  std::vector<NodeId> tables;
  for (NodeId at = table_key.node; schema_.node(at).tables > parameter.tables; at = schema_.node(at).parent) {
    if (schema_.node(at).kind == NodeKind::table) tables.insert(tables.begin(), at);
  }
  Key key{table.max_rows_parameter, {}};
  std::copy_n(table_key.at.begin(), parameter.tables, key.at.begin());
  const auto limit = parse_uint(stored_value(key));
  if (limit && count_below(key, tables) >= *limit) return fmt::format("{} is {}", parameter.name, *limit);
  return std::nullopt;
}

// P-72: one more than any number the table has ever had; from the lowest free one when that is used up. 0: none left.
Instance Model::next_instance(const Key& table_key) const {
  const Node& table = schema_.node(table_key.node);
  const auto existing = rows(table_key);
  std::uint64_t last = existing.empty() ? 0 : existing.back();
  if (const auto given = index().find(Delta::Kind::last_instance, table_key))
    last = std::max(last, parse_uint(*given).value_or(0));
  for (const auto& factory : table.factory_rows) {
    if (!fits(factory.parents, table_key.at, parents_of(table))) continue;
    for (const auto row : factory.rows) last = std::max<std::uint64_t>(last, row);
  }
  if (last < UINT16_MAX) return static_cast<Instance>(last + 1);
  for (std::uint32_t candidate = 1; candidate <= UINT16_MAX; ++candidate) {
    if (!std::binary_search(existing.begin(), existing.end(), candidate)) return static_cast<Instance>(candidate);
  }
  return 0;
}

Model::Added Model::add_row(const Key& table_key) {
  const Node& table = schema_.node(table_key.node);
  if (table.kind != NodeKind::table || !table.writable)
    return {kNotThere, 0, "no table to which rows can be added"};  // P-71
  if (auto why = why_full(table_key)) return {kFull, 0, std::move(*why)};
  return insert_row(table_key);
}

Model::Added Model::insert_row(const Key& table_key) {
  const Node& table = schema_.node(table_key.node);
  const Instance row = next_instance(table_key);
  if (row == 0) return {kFull, 0, "all instance numbers are in use"};
  delta_.put(Delta::Kind::row_added, with_row(table, table_key, row));
  delta_.put(Delta::Kind::last_instance, with_row(table, table_key, 0), std::to_string(row));
  index_.drop();
  return {0, row, {}};
}

int Model::delete_row(const Key& row) {
  const Node& table = schema_.node(row.node);
  if (table.kind != NodeKind::table || !table.writable || row_of(table, row) == 0 || !row_exists(row)) return kNotThere;
  erase_row(row);
  return 0;
}

void Model::erase_row(const Key& row) {
  const Node& table = schema_.node(row.node);
  // All that is below it; its own mark of a factory row deleted stays.
  delta_.erase_if([&](const Delta::Entry& entry) {
    return schema_.is_below(entry.key.node, row.node) && same_start(entry.key.at, row.at, table.tables) &&
           !(entry.kind == Delta::Kind::row_deleted && entry.key == row);
  });
  index_.drop();
  if (row_exists(row)) {
    delta_.put(Delta::Kind::row_deleted, row);
    index_.drop();
  }
}

void Model::erase_rows(const Key& table_key) {
  const Node& table = schema_.node(table_key.node);
  for (const auto row : rows(table_key)) erase_row(with_row(table, table_key, row));
  delta_.erase(Delta::Kind::last_instance, with_row(table, table_key, 0));
  index_.drop();
}

}  // namespace cpefleet::datamodel
