// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "base/text.hpp"
#include "datamodel/model.hpp"

namespace cpefleet::datamodel {
namespace {

// A rule's text in the delta: '0'..'2' or '-', then nothing or '+' and the entries of the access list, each as
// `<length>:<text>`. State files hold it too (src/state), so a new form must read this one.
struct Rule {
  std::optional<std::uint8_t> notification;
  std::optional<std::vector<std::string>> access_list;
};

std::string encode(const Rule& rule) {
  std::string out(1, rule.notification ? static_cast<char>('0' + *rule.notification) : '-');
  if (!rule.access_list) return out;
  out += '+';
  for (const auto& entry : *rule.access_list) fmt::format_to(std::back_inserter(out), "{}:{}", entry.size(), entry);
  return out;
}

Rule decode(std::string_view text) {
  Rule rule;
  if (text.empty()) return rule;
  if (text.front() != '-') rule.notification = static_cast<std::uint8_t>(text.front() - '0');
  text.remove_prefix(1);
  if (text.empty()) return rule;
  text.remove_prefix(1);
  rule.access_list.emplace();
  while (!text.empty()) {
    const auto colon = text.find(':');
    const std::size_t size = parse_uint(text.substr(0, colon)).value_or(0);
    rule.access_list->emplace_back(text.substr(colon + 1, size));
    text.remove_prefix(colon + 1 + size);
  }
  return rule;
}

}  // namespace

bool is_attribute_rule(std::string_view data) {
  if (data.empty() || (data.front() != '-' && (data.front() < '0' || data.front() > '2'))) return false;
  data.remove_prefix(1);
  if (data.empty()) return true;
  if (data.front() != '+') return false;
  data.remove_prefix(1);
  while (!data.empty()) {
    const auto colon = data.find(':');
    if (colon == std::string_view::npos) return false;
    const auto size = parse_uint(data.substr(0, colon));
    data.remove_prefix(colon + 1);
    if (!size || *size > data.size()) return false;
    data.remove_prefix(static_cast<std::size_t>(*size));
  }
  return true;
}

// The rules that can hold for a parameter are those of the places on the way to it; the nearest that says something
// wins. set_attributes() keeps that the same as "the last one given".
Model::Attributes Model::attributes(const Key& parameter) const {
  Rule rule;
  Key key = parameter;
  const auto look = [&] {
    const auto text = index().find(Delta::Kind::attribute, key);
    if (!text) return;
    auto found = decode(*text);
    if (!rule.notification) rule.notification = found.notification;
    if (!rule.access_list) rule.access_list = std::move(found.access_list);
  };
  for (;;) {
    const Node& node = schema_.node(key.node);
    look();
    if (node.kind == NodeKind::table) {
      key.at[node.tables - 1U] = 0;
      look();
    }
    if (key.node == kRoot) break;
    key.node = node.parent;
  }
  return {rule.notification.value_or(0), rule.access_list.value_or(std::vector<std::string>{"Subscriber"})};
}

void Model::set_attributes(const Place& place, std::optional<std::uint8_t> notification,
                           const std::optional<std::vector<std::string>>& access_list) {
  const Node& node = schema_.node(place.key.node);
  const auto places =
      static_cast<std::ptrdiff_t>(node.kind == NodeKind::table && !place.row ? node.tables - 1 : node.tables);
  // What is set here is no longer said by any rule further down.
  std::vector<std::pair<Key, Rule>> below;
  delta_.for_each([&](const Delta::Entry& entry) {
    if (entry.kind != Delta::Kind::attribute || !schema_.is_below(entry.key.node, place.key.node)) return;
    if (!std::equal(entry.key.at.begin(), entry.key.at.begin() + places, place.key.at.begin())) return;
    below.emplace_back(entry.key, decode(entry.data));
  });
  Key here = place.key;
  if (node.kind == NodeKind::table && !place.row) here.at[node.tables - 1U] = 0;
  Rule rule;
  for (auto& [key, old] : below) {
    if (notification) old.notification.reset();
    if (access_list) old.access_list.reset();
    if (key == here) {
      rule = std::move(old);
    } else if (!old.notification && !old.access_list) {
      delta_.erase(Delta::Kind::attribute, key);
    } else {
      delta_.put(Delta::Kind::attribute, key, encode(old));
    }
  }
  if (notification) rule.notification = notification;
  if (access_list) rule.access_list = access_list;
  if (rule.notification || rule.access_list) delta_.put(Delta::Kind::attribute, here, encode(rule));
  index_.drop();
}

}  // namespace cpefleet::datamodel
