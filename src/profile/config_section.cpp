// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "profile/compiler.hpp"

// What a profile file says of the vendor's configuration files: pvalues, config.
namespace cpefleet::profile {
namespace {

bool is_pvalue(std::string_view name) {
  return name.size() > 1 && name.front() == 'P' && parse_uint(name.substr(1)).has_value();
}

}  // namespace

// `path`, `[path, path]`, or a map with `parameter`, `shape`, `meaning`, `default` and `from`.
PValue Compiler::read_setting(const yaml::Node& key, const yaml::Node& value, std::string origin) {
  static constexpr std::array<std::string_view, 1> kShapes{"host:port"};
  PValue made;
  made.origin = std::move(origin);
  std::vector<const yaml::Node*> paths;
  if (value.is_map()) {
    yaml::MapReader reader(value, fmt::format("`{}`", key.text()), diagnostics_);
    paths = reader.optional_texts("parameter");
    made.host_port = reader.optional_choice("shape", kShapes).has_value();
    made.meaning = reader.optional_string("meaning").value_or("");
    made.default_value = reader.optional_string("default").value_or("");
    made.origin = reader.optional_string("from").value_or(made.origin);
    reader.finish();
  } else if (value.is_sequence()) {
    for (const auto& item : value.items()) paths.push_back(&item);
  } else {
    paths.push_back(&value);
  }
  for (const auto* path : paths) {
    if (yaml::scalar_text(*path, "the parameter of a setting", diagnostics_) && editor_.knows(*path))
      made.parameters.push_back(path->text());
  }
  return made;
}

void Compiler::read_pvalues(const yaml::Node& map) {
  if (!map.is_map())
    return diagnostics_.add(map.where(), fmt::format("`pvalues` must be a map, not {}", map.kind_name()));
  for (const auto& [key, value] : map.entries()) {
    if (!is_pvalue(key.text()))
      diagnostics_.add(key.where(), fmt::format("\"{}\" is no P-value: write P and a number", key.text()));
    profile_.pvalues.insert_or_assign(key.text(), read_setting(key, value, "assumed"));
  }
}

void Compiler::read_config(const yaml::Node& map) {
  static constexpr std::array<std::string_view, 3> kForms{"xml1", "xml2", "text"};
  static constexpr std::array<ConfigForm, 3> kEach{ConfigForm::xml1, ConfigForm::xml2, ConfigForm::text};
  yaml::MapReader reader(map, "`config`", diagnostics_);
  const auto form = reader.optional_choice("form", kForms);
  const auto origin = reader.optional_string("from");
  if (form) {
    profile_.config.form = kEach[*form];
    profile_.config.origin = origin.value_or("assumed");
  }
  if (const auto* list = reader.optional("values")) read_config_values(*list);
  if (const auto* names = reader.optional("names")) read_config_names(*names);
  reader.finish();
}

// `- { parameters: [path], written: { "0": UDP, "1": TCP }, from: ... }`
void Compiler::read_config_values(const yaml::Node& list) {
  if (!list.is_sequence()) return diagnostics_.add(list.where(), "`values` must be a list");
  for (const auto& item : list.items()) {
    yaml::MapReader reader(item, "the values of parameters", diagnostics_);
    if (!reader.is_map()) continue;
    const auto paths = reader.optional_texts("parameters");
    const auto* written = reader.required("written");
    (void)reader.optional_string("from");
    reader.finish();
    if (!written || !written->is_map()) {
      diagnostics_.add(item.where(), "`written` must be a map: a value in a file, and what it is in CWMP");
      continue;
    }
    for (const auto* path : paths) read_written(*path, *written);
  }
}

void Compiler::read_written(const yaml::Node& path, const yaml::Node& written) {
  if (!editor_.knows(path)) return;
  const auto node = editor_.draft().builder.edit(path.text());
  if (!node || node->kind != datamodel::NodeKind::parameter)
    return diagnostics_.add(path.where(), fmt::format("\"{}\" is no parameter; write {{i}} at tables", path.text()));
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& [key, value] : written.entries()) {
    const auto* text = yaml::scalar_text(value, "a value", diagnostics_);
    if (!text) continue;
    if (!node->enums.empty() && std::find(node->enums.begin(), node->enums.end(), *text) == node->enums.end())
      diagnostics_.add(value.where(), fmt::format("\"{}\" is no value of {}", *text, path.text()));
    made.emplace_back(key.text(), *text);
  }
  profile_.config.values.insert_or_assign(path.text(), std::move(made));
}

// `{ from: ..., list: { tr069.url: P4503 } }`; a name stands for a P-value, or for what one could.
void Compiler::read_config_names(const yaml::Node& map) {
  yaml::MapReader reader(map, "`names`", diagnostics_);
  const auto origin = reader.optional_string("from").value_or("assumed");
  const auto* list = reader.required("list");
  reader.finish();
  if (!list) return;
  if (!list->is_map()) return diagnostics_.add(list->where(), "`list` must be a map of names");
  for (const auto& [key, value] : list->entries()) {
    if (!value.is_scalar() || !is_pvalue(value.text())) {
      profile_.config.names.insert_or_assign(key.text(), read_setting(key, value, origin));
      continue;
    }
    const auto found = profile_.pvalues.find(value.text());
    if (found == profile_.pvalues.end()) {
      diagnostics_.add(value.where(), fmt::format("\"{}\" is not under `pvalues`", value.text()));
      continue;
    }
    auto made = found->second;
    made.origin = origin;
    profile_.config.names.insert_or_assign(key.text(), std::move(made));
  }
}

}  // namespace cpefleet::profile
