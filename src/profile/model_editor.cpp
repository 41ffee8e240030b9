// SPDX-License-Identifier: Apache-2.0
#include "profile/model_editor.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "datamodel/check.hpp"

namespace cpefleet::profile {

using datamodel::Instances;
using datamodel::Node;
using datamodel::NodeKind;
using datamodel::Source;

void ModelEditor::set(const yaml::Node& map) {
  if (!map.is_map()) return wrong(map.where(), fmt::format("`set` must be a map, not {}", map.kind_name()));
  for (const auto& [key, value] : map.entries()) set_one(key, value);
}

Node* ModelEditor::find(const SetPath& path, const yaml::Node& where) {
  Node* const node = draft_.builder.edit(path.schema_path);
  const bool dot = path.schema_path.ends_with('.');
  if (node && dot == (node->kind != NodeKind::parameter)) return node;
  const auto known = draft_.builder.paths();
  const std::vector<std::string_view> words(known.begin(), known.end());
  wrong(where.where(),
        fmt::format("\"{}\" is not in the data model{}", where.text(), did_you_mean(path.schema_path, words)));
  return nullptr;
}

bool ModelEditor::knows(const yaml::Node& path) {
  const auto parsed = SetPath::parse(path.text());
  if (!parsed) wrong(path.where(), parsed.error().message());
  return parsed && find(*parsed, path) != nullptr;
}

void ModelEditor::set_one(const yaml::Node& key, const yaml::Node& value) {
  const auto path = SetPath::parse(key.text());
  if (!path) return wrong(key.where(), path.error().message());
  Node* const node = find(*path, key);
  if (!node) return;
  make_rows(*path);
  if (value.is_scalar() && node->kind == NodeKind::parameter)
    return set_value(*path, *node, value.text(), Source::text, "assumed", value.where());
  if (value.is_null() && node->kind != NodeKind::parameter) return;  // the rows are all
  yaml::MapReader reader(value, fmt::format("`{}`", key.text()), *diagnostics_);
  if (!reader.is_map()) return;
  const auto origin = define(reader, *path, *node);
  if (origin != "assumed" && node->default_origin != origin && !path->names_rows()) node->origin += "; " + origin;
  reader.finish();
}

// A path that names rows makes them rows from the factory.
void ModelEditor::make_rows(const SetPath& path) {
  for (std::size_t place = 0; place < path.rows.size(); ++place) {
    if (path.rows[place].first == 0) continue;
    Node* const table = draft_.builder.edit(path.table_at(place));
    path.for_each(place, [&](const Instances& parents) {
      auto& all = table->factory_rows;
      auto found = std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.parents == parents; });
      if (found == all.end()) found = all.insert(all.end(), {parents, {}});
      for (std::uint32_t row = path.rows[place].first; row <= path.rows[place].last; ++row) {
        const auto number = static_cast<datamodel::Instance>(row);
        const auto at = std::lower_bound(found->rows.begin(), found->rows.end(), number);
        if (at == found->rows.end() || *at != number) found->rows.insert(at, number);
      }
    });
  }
}

void ModelEditor::set_value(const SetPath& path, Node& node, std::string text, Source source, const std::string& origin,
                            const Location& where, std::shared_ptr<const datamodel::Generator> generator) {
  if (source == Source::text) {
    if (node.type == datamodel::Type::boolean && (text == "true" || text == "false"))
      text.assign(1, text == "true" ? '1' : '0');
    values_.push_back({path.schema_path, text, where});
  }
  draft_.builder.link_count(path.schema_path, "");
  if (!path.names_rows()) {
    node.default_value = std::move(text);
    node.source = source;
    node.generator = std::move(generator);
    node.default_origin = origin;
    return;
  }
  path.for_each(path.rows.size(), [&](const Instances& pattern) {
    auto& all = node.overrides;
    auto found = std::find_if(all.begin(), all.end(), [&](const auto& o) { return o.pattern == pattern; });
    if (found == all.end()) found = all.insert(all.end(), {pattern, {}, Source::text, {}, nullptr});
    *found = {pattern, text, source, origin, generator};
  });
}

// Tables of fixed rows: a list of maps, one for each row, of the values of its parameters.
void ModelEditor::rows(const yaml::Node& map) {
  if (!map.is_map()) return wrong(map.where(), fmt::format("`rows` must be a map, not {}", map.kind_name()));
  for (const auto& [key, value] : map.entries()) {
    const auto path = SetPath::parse(key.text());
    if (!path) {
      wrong(key.where(), path.error().message());
      continue;
    }
    // The path of a table is that of its rows without the last "{i}.".
    const auto table = SetPath::parse(key.text() + "{i}.");
    if (!table || !find(*table, key)) continue;
    yaml::MapReader reader(value, fmt::format("`{}`", key.text()), *diagnostics_);
    if (!reader.is_map()) continue;
    const auto origin = read_origin(reader);
    if (const auto* list = reader.required("list")) add_row_list(*path, *list, origin);
    reader.finish();
  }
}

void ModelEditor::add_row_list(const SetPath& table, const yaml::Node& list, const std::string& origin) {
  if (!list.is_sequence()) return wrong(list.where(), "`list` must be a list of rows");
  datamodel::Instance number = 0;
  for (const auto& row : list.items()) {
    ++number;
    if (!row.is_map()) {
      wrong(row.where(), fmt::format("a row must be a map, not {}", row.kind_name()));
      continue;
    }
    SetPath path = table;
    path.rows.push_back({number, number});
    path.schema_path += "{i}.";
    make_rows(path);
    const auto columns = path.schema_path;
    for (const auto& [column, value] : row.entries()) {
      path.schema_path = columns + column.text();
      Node* const node = find(path, column);
      if (!node || node->kind != NodeKind::parameter) continue;
      if (const auto* text = yaml::scalar_text(value, fmt::format("`{}`", column.text()), *diagnostics_))
        set_value(path, *node, *text, Source::text, origin, value.where());
    }
  }
}

void ModelEditor::add(const yaml::Node& map) {
  if (!map.is_map()) return wrong(map.where(), fmt::format("`add` must be a map, not {}", map.kind_name()));
  static constexpr std::array<std::string_view, 6> kTypes{"string",  "int",      "unsignedInt",
                                                          "boolean", "dateTime", "base64"};
  for (const auto& [key, value] : map.entries()) {
    const auto path = SetPath::parse(key.text());
    if (!path) {
      wrong(key.where(), path.error().message());
      continue;
    }
    if (draft_.builder.edit(path->schema_path)) {
      wrong(key.where(), fmt::format("\"{}\" is in the data model already; use `set`", key.text()));
      continue;
    }
    Node node;
    const bool object = path->schema_path.ends_with('.');
    node.kind = path->schema_path.ends_with("{i}.") ? NodeKind::table : object ? NodeKind::object : NodeKind::parameter;
    yaml::MapReader reader(value, fmt::format("`{}`", key.text()), *diagnostics_);
    if (!reader.is_map()) continue;
    if (!object) {
      if (!reader.has("type")) reader.wrong("type", "a parameter needs a type");
      if (const auto type = reader.optional_choice("type", kTypes)) node.type = static_cast<datamodel::Type>(*type);
    }
    if (auto added = draft_.builder.add(path->schema_path, std::move(node)); !added) {
      wrong(key.where(), added.error().message());
      continue;
    }
    make_rows(*path);
    Node& made = *draft_.builder.edit(path->schema_path);
    made.origin = define(reader, *path, made);
    reader.finish();
  }
}

void ModelEditor::remove(const yaml::Node& list) {
  if (!list.is_sequence())
    return wrong(list.where(), fmt::format("`remove` must be a list of paths, not {}", list.kind_name()));
  for (const auto& item : list.items()) {
    const auto* text = yaml::scalar_text(item, "a path to remove", *diagnostics_);
    if (!text || !knows(item)) continue;
    const auto path = SetPath::parse(*text);
    if (path->names_rows()) {
      wrong(item.where(), fmt::format("\"{}\": what is removed is removed from all rows; write {{i}}", *text));
      continue;
    }
    draft_.builder.remove(path->schema_path);
    draft_.references.erase(path->schema_path);
    std::erase_if(values_, [&](const Value& v) { return !draft_.builder.edit(v.schema_path); });
  }
}

void ModelEditor::rename(const yaml::Node& map) {
  if (!map.is_map()) return wrong(map.where(), fmt::format("`rename` must be a map of paths, not {}", map.kind_name()));
  for (const auto& [key, value] : map.entries()) {
    const auto* to = yaml::scalar_text(value, "the new path", *diagnostics_);
    if (!to || !knows(key)) continue;
    const auto from = draft_.builder.edit(key.text());
    if (!from || from->kind != NodeKind::parameter) {
      wrong(key.where(), "only a parameter can be renamed, with {i} at tables");
      continue;
    }
    if (auto added = draft_.builder.add(*to, *from); !added) {
      wrong(value.where(), added.error().message());
      continue;
    }
    draft_.builder.remove(key.text());
    for (auto& set : values_) {
      if (set.schema_path == key.text()) set.schema_path = *to;
    }
    if (auto reference = draft_.references.extract(key.text())) {
      reference.key() = *to;
      draft_.references.insert(std::move(reference));
    }
  }
}

// A parameter that refers to a list of values may have those which this device has.
void ModelEditor::resolve_references() {
  for (const auto& [path, listed] : draft_.references) {
    Node* const node = draft_.builder.edit(path);
    const Node* const list = draft_.builder.edit(listed);
    if (!node || !list) continue;
    node->enums = list->enums;
    node->pattern = list->enums.empty() ? list->pattern : std::string{};
    if (list->default_value.empty()) continue;
    node->enums.clear();
    node->pattern.clear();
    for (const auto item : split(list->default_value, ',')) node->enums.emplace_back(trim(item));
    if (node->default_value.empty()) node->default_value = node->enums.front();
  }
}

std::shared_ptr<const datamodel::Schema> ModelEditor::build(const Location& where) {
  resolve_references();
  const auto schema = draft_.builder.build();
  if (!schema) {
    wrong(where, schema.error().message());
    return nullptr;
  }
  bool good = true;
  for (const auto& value : values_) {
    const auto id = (*schema)->find(value.schema_path);
    // D-1: an ACS may write nothing but Requested; what the device itself says is not limited to that.
    if (id == datamodel::kNoNode || value.schema_path.ends_with(".DiagnosticsState")) continue;
    std::string canonical;
    const auto verdict = datamodel::check_text(**schema, id, value.text, canonical);
    if (verdict.fault == 0) continue;
    good = false;
    wrong(value.where, fmt::format("\"{}\" is no value of {}: {}", value.text, value.schema_path, verdict.reason));
  }
  values_.clear();  // reported once, however many firmwares go on from here
  return good ? *schema : nullptr;
}

}  // namespace cpefleet::profile
