// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "datamodel/model.hpp"

namespace cpefleet::datamodel {

struct Model::Walk {
  const Visitor& visit;
  std::string path;            // of the place being visited; grows and shrinks on the way
  std::vector<Instance> rows;  // of all tables on the way, the innermost last
};

void Model::walk_below(Walk& walk, const Place& from, bool deep) const {
  const Node& node = schema_.node(from.key.node);
  const auto length = walk.path.size();
  if (node.kind == NodeKind::table && !from.row) {
    const auto first = walk.rows.size();
    append_rows(from.key, walk.rows);
    Place row{from.key, true};
    for (std::size_t i = first; i < walk.rows.size(); ++i) {
      row.key.at[node.tables - 1U] = walk.rows[i];
      char digits[6];
      const auto end = std::to_chars(digits, digits + sizeof digits, walk.rows[i]).ptr;
      *end = '.';
      walk.path.append(digits, end + 1);
      walk.visit({walk.path, &row, &node});
      if (deep) walk_below(walk, row, deep);
      walk.path.resize(length);
    }
    walk.rows.resize(first);
    return;
  }
  for (unsigned i = 0; i < node.children; ++i) {
    Place place{from.key, false};
    place.key.node = static_cast<NodeId>(node.first_child + i);
    const Node& child = schema_.node(place.key.node);
    walk.path += child.name;
    if (child.kind != NodeKind::parameter) walk.path += '.';
    walk.visit({walk.path, &place, &child});
    if (deep && child.kind != NodeKind::parameter) walk_below(walk, place, deep);
    walk.path.resize(length);
  }
}

void Model::walk(const Place& from, const Visitor& visit) const {
  Walk walk{visit, {}, {}};
  append_path(from, walk.path);
  walk_below(walk, from, true);
}

void Model::children(const Place& from, const Visitor& visit) const {
  Walk walk{visit, {}, {}};
  append_path(from, walk.path);
  walk_below(walk, from, false);
}

}  // namespace cpefleet::datamodel
