// SPDX-License-Identifier: Apache-2.0
#include "datamodel/schema_builder.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/text.hpp"

namespace cpefleet::datamodel {
namespace {

constexpr std::string_view kRow = ".{i}";
constexpr std::size_t kMaxPath = 256;  // P-5, M-8

std::string_view without_dot(std::string_view path) {
  if (!path.empty() && path.back() == '.') path.remove_suffix(1);
  return path;
}

std::string_view parent_of(std::string_view path) {
  if (path.ends_with(kRow)) path.remove_suffix(kRow.size());
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string_view name_of(std::string_view path) {
  if (path.ends_with(kRow)) path.remove_suffix(kRow.size());
  return path.substr(path.rfind('.') + 1);
}

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  }) && !(name.front() >= '0' && name.front() <= '9');
}

// Why a path cannot be one of a schema; empty when it can.
std::string wrong_path(std::string_view path) {
  if (path.empty()) return "an empty path";
  if (path.size() > kMaxPath) return fmt::format("a path of more than {} characters", kMaxPath);
  std::size_t tables = 0;
  bool row_allowed = false;
  for (const auto segment : split(path, '.')) {
    if (segment == "{i}") {
      if (!row_allowed) return fmt::format("\"{}\": {{i}} must follow a name", path);
      row_allowed = false;
      ++tables;
    } else {
      if (!is_name(segment)) return fmt::format("\"{}\": \"{}\" is no name", path, segment);
      row_allowed = true;
    }
  }
  if (tables > kMaxDepth) return fmt::format("\"{}\": more than {} tables above one another", path, kMaxDepth);
  return {};
}

using NodeMap = std::map<std::string, Node, std::less<>>;

// Whether every table above `inner` is also above `outer` (or is it).
bool same_way(const std::vector<Node>& nodes, NodeId inner, NodeId outer) {
  NodeId table = inner;
  while (table != kRoot && nodes[table].kind != NodeKind::table) table = nodes[table].parent;
  for (NodeId at = outer;; at = nodes[at].parent) {
    if (at == table) return true;
    if (at == kRoot) return false;
  }
}

// The nodes breadth first, so that siblings are contiguous and parents come first.
struct Layout {
  std::vector<Node> nodes;
  std::map<std::string, NodeId, std::less<>> ids;
};

Layout lay_out(const NodeMap& by_path) {
  std::map<std::string_view, std::vector<std::string_view>> children;
  for (const auto& [path, node] : by_path) children[parent_of(path)].push_back(path);
  for (auto& [path, list] : children) {
    std::sort(list.begin(), list.end(), [](auto a, auto b) { return name_of(a) < name_of(b); });
  }
  Layout out;
  out.nodes.emplace_back();
  out.ids.emplace("", kRoot);
  std::vector<std::string_view> paths{""};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto found = children.find(paths[i]);
    if (found == children.end()) continue;
    out.nodes[i].first_child = static_cast<NodeId>(paths.size());
    out.nodes[i].children = static_cast<std::uint16_t>(found->second.size());
    for (const auto path : found->second) {
      Node node = by_path.find(path)->second;
      node.name = name_of(path);
      node.parent = static_cast<NodeId>(i);
      node.first_child = kNoNode;
      node.children = 0;
      node.tables = static_cast<std::uint8_t>(out.nodes[i].tables + (node.kind == NodeKind::table ? 1 : 0));
      out.ids.emplace(path, static_cast<NodeId>(paths.size()));
      out.nodes.push_back(std::move(node));
      paths.push_back(path);
    }
  }
  return out;
}

}  // namespace

Result<void> SchemaBuilder::add(std::string_view schema_path, Node node) {
  const auto path = without_dot(schema_path);
  if (auto wrong = wrong_path(path); !wrong.empty()) return failure(std::move(wrong));
  if (path.ends_with(kRow) != (node.kind == NodeKind::table))
    return failure(fmt::format("\"{}\": a table's path ends in {{i}}, and only a table's", schema_path));
  if ((schema_path.back() == '.') == (node.kind == NodeKind::parameter) && node.kind != NodeKind::table)
    return failure(
        fmt::format("\"{}\": the path of an object ends in a dot, that of a parameter does not", schema_path));

  const auto other_form =
      path.ends_with(kRow) ? std::string(path.substr(0, path.size() - kRow.size())) : std::string(path).append(kRow);
  if (nodes_.contains(other_form))
    return failure(fmt::format("\"{}\" is there both with and without {{i}}", schema_path));

  for (auto parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
    const auto found = nodes_.find(parent);
    if (found == nodes_.end()) continue;
    if (found->second.kind == NodeKind::parameter)
      return failure(fmt::format("\"{}\" cannot stand below the parameter \"{}\"", schema_path, parent));
  }
  for (auto parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
    Node made;
    made.kind = parent.ends_with(kRow) ? NodeKind::table : NodeKind::object;
    nodes_.try_emplace(std::string(parent), std::move(made));
  }
  nodes_.insert_or_assign(std::string(path), std::move(node));
  return {};
}

Node* SchemaBuilder::edit(std::string_view schema_path) {
  const auto found = nodes_.find(without_dot(schema_path));
  return found == nodes_.end() ? nullptr : &found->second;
}

bool SchemaBuilder::remove(std::string_view schema_path) {
  const std::string path(without_dot(schema_path));
  if (!nodes_.contains(path)) return false;
  const auto gone = [&](std::string_view other) {
    return other == path || (other.size() > path.size() && other.starts_with(path) && other[path.size()] == '.');
  };
  std::erase_if(nodes_, [&](const auto& entry) { return gone(entry.first); });
  for (auto* links : {&counts_, &limits_}) {
    std::erase_if(*links, [&](const auto& link) { return gone(link.first) || gone(link.second); });
  }
  return true;
}

std::vector<std::string> SchemaBuilder::paths() const {
  std::vector<std::string> out;
  out.reserve(nodes_.size());
  for (const auto& [path, node] : nodes_) out.push_back(node.kind == NodeKind::parameter ? path : path + '.');
  std::sort(out.begin(), out.end());
  return out;
}

void SchemaBuilder::link_count(std::string_view parameter_path, std::string_view table_path) {
  if (table_path.empty()) {
    counts_.erase(std::string(without_dot(parameter_path)));
  } else {
    counts_.insert_or_assign(std::string(without_dot(parameter_path)), std::string(without_dot(table_path)));
  }
}

void SchemaBuilder::link_limit(std::string_view table_path, std::string_view parameter_path) {
  limits_.insert_or_assign(std::string(without_dot(table_path)), std::string(without_dot(parameter_path)));
}

Result<std::shared_ptr<const Schema>> SchemaBuilder::build() const {
  if (nodes_.size() >= kNoNode) return failure("a data model of more than 65534 nodes");
  for (const auto& [path, node] : nodes_) {
    if (!Schema::is_pattern(node.pattern))
      return failure(fmt::format("\"{}\": \"{}\" is no regular expression", path, node.pattern));
  }
  auto [nodes, ids] = lay_out(nodes_);

  const auto id_of = [&ids = ids](std::string_view path) {
    const auto found = ids.find(path);
    return found == ids.end() ? kNoNode : found->second;
  };
  for (const auto& [parameter_path, table_path] : counts_) {
    const auto parameter = id_of(parameter_path);
    const auto table = id_of(table_path);
    if (parameter == kNoNode || table == kNoNode || nodes[table].kind != NodeKind::table)
      return failure(fmt::format("\"{}\" cannot count \"{}\": one of them is not there", parameter_path, table_path));
    if (!same_way(nodes, nodes[table].parent, parameter))
      return failure(fmt::format("\"{}\" cannot count \"{}\": it has several of them", parameter_path, table_path));
    nodes[parameter].source = Source::number_of_rows;
    nodes[parameter].counted = table;
  }
  for (const auto& [table_path, parameter_path] : limits_) {
    const auto parameter = id_of(parameter_path);
    const auto table = id_of(table_path);
    if (parameter == kNoNode || table == kNoNode || nodes[table].kind != NodeKind::table)
      return failure(fmt::format("\"{}\" cannot limit \"{}\": one of them is not there", parameter_path, table_path));
    if (!same_way(nodes, parameter, nodes[table].parent))
      return failure(fmt::format("\"{}\" cannot limit \"{}\": it has rows of its own", parameter_path, table_path));
    nodes[table].max_rows_parameter = parameter;
  }
  return std::make_shared<const Schema>(std::move(nodes));
}

}  // namespace cpefleet::datamodel
