// SPDX-License-Identifier: Apache-2.0
#include "provision/setting.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"
#include "datamodel/check.hpp"
#include "profile/set_path.hpp"
#include "provision/host_port.hpp"

namespace cpefleet::provision {
namespace {

using datamodel::Key;
using datamodel::Type;
using profile::ConfigForm;

// What is computed is nobody's to set.
bool can_be_set(const datamodel::Node& node) {
  return node.kind == datamodel::NodeKind::parameter &&
         (node.source == datamodel::Source::text || node.source == datamodel::Source::identity);
}

void append_places(const datamodel::Model& model, const std::string& path, std::vector<Key>& out) {
  if (path.find('{') == std::string::npos) {
    const auto place = model.find(path);
    if (place && can_be_set(model.schema().node(place->key.node))) out.push_back(place->key);
    return;
  }
  const auto parsed = profile::SetPath::parse(path);
  const auto node = parsed ? model.schema().find(parsed->schema_path) : datamodel::kNoNode;
  if (node == datamodel::kNoNode || !can_be_set(model.schema().node(node))) return;
  model.for_each_instance(node, [&](const Key& key) {
    for (std::size_t i = 0; i < parsed->rows.size(); ++i) {
      const auto& rows = parsed->rows[i];
      if (rows.first != 0 && (key.at[i] < rows.first || key.at[i] > rows.last)) return;
    }
    out.push_back(key);
  });
}

// Of a switch: version 2 says Yes and No.
std::string_view as_digit(std::string_view text) {
  if (equal_ignoring_case(text, "yes")) return "1";
  if (equal_ignoring_case(text, "no")) return "0";
  return text;
}

std::string_view as_word(std::string_view text) {
  if (text == "1") return "Yes";
  if (text == "0") return "No";
  return text;
}

}  // namespace

Setting::Setting(const profile::Profile& profile, const profile::PValue& definition, const datamodel::Model& model)
    : profile_(profile), definition_(definition), model_(model) {
  for (const auto& path : definition.parameters) append_places(model, path, keys_);
}

bool Setting::is_number(const Key& key) const {
  const auto type = model_.schema().node(key.node).type;
  return type == Type::unsigned_integer || type == Type::integer;
}

bool Setting::hidden() const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) { return model_.schema().node(key.node).hidden; });
}

std::optional<Key> Setting::first(bool number) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return is_number(key) == number; });
  return found == keys_.end() ? std::nullopt : std::optional(*found);
}

const std::vector<std::pair<std::string, std::string>>* Setting::table(const Key& key) const {
  const auto found = profile_.config.values.find(model_.schema().path(key.node));
  return found == profile_.config.values.end() ? nullptr : &found->second;
}

std::string Setting::encode(const Key& key, ConfigForm form) const {
  auto value = model_.stored_value(key);
  bool is_switch = model_.schema().node(key.node).type == Type::boolean;
  if (const auto* known = table(key)) {
    const auto found =
        std::find_if(known->begin(), known->end(), [&](const auto& pair) { return pair.second == value; });
    if (found != known->end()) value = found->first;
    is_switch = known->size() == 2 && known->front().first == "0" && known->back().first == "1";
  }
  return form == ConfigForm::xml2 && is_switch ? std::string(as_word(value)) : value;
}

std::string Setting::decode(const Key& key, std::string_view text) const {
  if (const auto* known = table(key)) {
    const auto digit = as_digit(trim(text));
    const auto found =
        std::find_if(known->begin(), known->end(), [&](const auto& pair) { return pair.first == digit; });
    if (found != known->end()) return found->second;
  }
  if (model_.schema().node(key.node).type == Type::boolean) return std::string(as_digit(trim(text)));
  return std::string(text);
}

std::string Setting::text(ConfigForm form) const {
  const auto host = first(false);
  const auto port = first(true);
  if (!definition_.host_port || !host || !port) return encode(keys_.front(), form);
  return join_host_port({model_.stored_value(*host), model_.stored_value(*port)},
                        model_.schema().node(port->node).default_value);
}

Result<Setting::Values> Setting::meaning(std::string_view text) const {
  const auto parts = definition_.host_port ? split_host_port(text) : HostPort{};
  Values out;
  for (const auto& key : keys_) {
    const auto& node = model_.schema().node(key.node);
    std::string value;
    if (!definition_.host_port) {
      value = decode(key, text);
    } else if (is_number(key)) {
      value = parts.port.empty() ? node.default_value : parts.port;
    } else {
      value = parts.host;
    }
    std::string canonical;
    const auto verdict = datamodel::check_text(model_.schema(), key.node, value, canonical);
    if (verdict.fault != 0) return failure(fmt::format("{}: {}", node.name, verdict.reason));
    out.emplace_back(key, std::move(canonical));
  }
  return out;
}

bool Setting::holds(const Values& values) const {
  const auto host = first(false);
  const auto port = first(true);
  return std::all_of(values.begin(), values.end(), [&](const auto& value) {
    const bool decides =
        definition_.host_port ? value.first == host || value.first == port : value.first == keys_.front();
    return !decides || model_.stored_value(value.first) == value.second;
  });
}

}  // namespace cpefleet::provision
