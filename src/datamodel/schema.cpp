// SPDX-License-Identifier: Apache-2.0
#include "datamodel/schema.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <utility>

#include "base/text.hpp"

namespace cpefleet::datamodel {
namespace {

// Longer values are refused before the expression sees them; no pattern of TR-106 or TR-104 needs as much.
constexpr std::size_t kMaxMatched = 1024;

// libstdc++'s default matcher recurses once per character and may take exponential time; this one does neither. It has no
// back-references, which is_pattern() therefore refuses.
constexpr auto kPatternFlags = std::regex_constants::ECMAScript | std::regex_constants::__polynomial;

}  // namespace

class Schema::Patterns {
 public:
  std::map<NodeId, std::regex> of;
};

Schema::Schema(std::vector<Node> nodes) : nodes_(std::move(nodes)) {
  auto patterns = std::make_shared<Patterns>();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (nodes_[i].kind == NodeKind::parameter &&
        (changes_by_itself(nodes_[i].source) ||
         std::any_of(nodes_[i].overrides.begin(), nodes_[i].overrides.end(),
                     [](const Override& o) { return changes_by_itself(o.source); })))
      changing_.push_back(id);
    if (nodes_[i].forced_inform) forced_.push_back({id, path(id)});
    if (!nodes_[i].pattern.empty()) patterns->of.emplace(id, std::regex(nodes_[i].pattern, kPatternFlags));
  }
  patterns_ = std::move(patterns);
}

bool Schema::is_pattern(const std::string& pattern) {
  try {
    const std::regex compiled(pattern, kPatternFlags);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

bool Schema::fits_pattern(NodeId id, std::string_view text) const {
  const auto found = patterns_->of.find(id);
  if (found == patterns_->of.end()) return true;
  return text.size() <= kMaxMatched && std::regex_match(text.begin(), text.end(), found->second);
}

NodeId Schema::child(NodeId parent, std::string_view name) const {
  const Node& node = nodes_[parent];
  if (node.children == 0) return kNoNode;
  const auto begin = nodes_.begin() + node.first_child;
  const auto end = begin + node.children;
  const auto found =
      std::lower_bound(begin, end, name, [](const Node& n, std::string_view what) { return n.name < what; });
  return found != end && found->name == name ? static_cast<NodeId>(found - nodes_.begin()) : kNoNode;
}

NodeId Schema::find(std::string_view schema_path) const {
  if (schema_path.empty()) return kRoot;
  if (schema_path.back() == '.') schema_path.remove_suffix(1);
  NodeId at = kRoot;
  bool instance_due = false;
  for (;;) {
    const auto dot = schema_path.find('.');
    const auto segment = schema_path.substr(0, dot);
    if (instance_due != (segment == "{i}")) return kNoNode;
    if (!std::exchange(instance_due, false)) {
      at = child(at, segment);
      if (at == kNoNode) return kNoNode;
      instance_due = nodes_[at].kind == NodeKind::table;
    }
    if (dot == std::string_view::npos) break;
    schema_path.remove_prefix(dot + 1);
  }
  return instance_due ? kNoNode : at;
}

std::string Schema::path(NodeId id) const {
  std::vector<NodeId> way;
  for (NodeId at = id; at != kRoot; at = nodes_[at].parent) way.push_back(at);
  std::string out;
  for (auto step = way.rbegin(); step != way.rend(); ++step) {
    const Node& node = nodes_[*step];
    out += node.name;
    if (node.kind == NodeKind::table) out += ".{i}";
    if (node.kind != NodeKind::parameter) out += '.';
  }
  return out;
}

bool Schema::is_below(NodeId id, NodeId ancestor) const {
  while (id > ancestor) id = nodes_[id].parent;  // parents come before their children
  return id == ancestor;
}

}  // namespace cpefleet::datamodel
