// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"
#include "profile/compiler.hpp"

// The sections of a profile file that reach for tables: datamodel, quirks; and methods.
namespace cpefleet::profile {
namespace {

bool is_word(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_method_name(std::string_view name) {
  return name.size() > 3 && name.size() <= 64 && name.starts_with("X_") &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return is_word(c) || c == '-'; });
}

bool is_element_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return is_word(c); }) &&
         (name.front() < '0' || name.front() > '9');
}

}  // namespace

std::optional<Csv> Compiler::read_table(std::string_view name, const std::vector<std::string_view>& columns,
                                        const Location& where, const std::string& from) {
  const auto file = search_.data_file(name, from);
  const auto text = file ? read_file(*file) : std::nullopt;
  if (!text) {
    diagnostics_.add(where, fmt::format("there is no table \"{}\"", name));
    return std::nullopt;
  }
  const auto mistakes = diagnostics_.size();
  auto table = Csv::parse(*text, *file, columns, diagnostics_);
  return diagnostics_.size() == mistakes ? std::optional(std::move(table)) : std::nullopt;
}

void Compiler::read_datamodel(const yaml::Node& map, const Document& document) {
  yaml::MapReader reader(map, "`datamodel`", diagnostics_);
  const auto* include = reader.optional("include");
  if (const auto* list = reader.optional("standard")) {
    read_standard(*list, include, document);
  } else if (include) {
    diagnostics_.add(include->where(), "`include` takes more out of the models under `standard`, and there are none");
  }
  if (const auto* list = reader.optional("import")) read_import(*list, document);
  edit(editor_, reader);
  reader.finish();
}

// `standard: [tr-106-1.2]`, or `{ model: tr-106-1.2, profiles: [Baseline:1] }` for another choice than the guide's.
void Compiler::read_standard(const yaml::Node& list, const yaml::Node* include, const Document& document) {
  if (!list.is_sequence()) return diagnostics_.add(list.where(), "`standard` must be a list of models");
  std::set<std::string, std::less<>> more;
  if (include && !include->is_sequence()) diagnostics_.add(include->where(), "`include` must be a list of paths");
  for (const auto& item : include ? include->items() : std::span<const yaml::Node>{}) more.insert(item.text());

  std::vector<std::string_view> names;
  for (const auto& standard : standards()) names.push_back(standard.name);
  for (const auto& item : list.items()) {
    std::string name = item.text();
    std::vector<std::string> chosen;
    if (!item.is_scalar()) {
      yaml::MapReader reader(item, "a model", diagnostics_);
      name = reader.required_string("model");
      for (const auto* profile : reader.optional_texts("profiles")) chosen.push_back(profile->text());
      reader.finish();
    }
    const auto found =
        std::find_if(standards().begin(), standards().end(), [&](const auto& s) { return s.name == name; });
    if (found == standards().end()) {
      diagnostics_.add(item.where(), fmt::format("unknown model \"{}\"{}", name, did_you_mean(name, names)));
      continue;
    }
    if (chosen.empty()) chosen.assign(found->profiles.begin(), found->profiles.end());
    if (const auto table = read_table(found->file, standard_columns(), item.where(), document.file))
      add_standard(editor_.draft(), *table, chosen, more, diagnostics_);
  }
  for (const auto& path : more)
    diagnostics_.add(include->where(), fmt::format("`include`: \"{}\" is in none of the models", path));
}

// Rows of a vendor's table for one model: the one named, else this profile's product class.
void Compiler::read_import(const yaml::Node& list, const Document& document) {
  if (!list.is_sequence()) return diagnostics_.add(list.where(), "`import` must be a list");
  for (const auto& item : list.items()) {
    yaml::MapReader reader(item, "an import", diagnostics_);
    if (!reader.is_map()) continue;
    const auto file = reader.required_string("file");
    const auto model = reader.optional_string("model").value_or(profile_.identity.product_class);
    reader.finish();
    if (file.empty()) continue;
    if (const auto table = read_table(file, vendor_columns(), item.where(), document.file))
      add_vendor(editor_.draft(), *table, model, diagnostics_);
  }
}

// `[GQ011, { GQ072: { wait: 5 } }]`: ids of the one catalogue, which holds the evidence.
void Compiler::read_quirks(const yaml::Node& list, const Document& document) {
  if (!list.is_sequence())
    return diagnostics_.add(list.where(), fmt::format("`quirks` must be a list, not {}", list.kind_name()));
  const auto table =
      read_table("quirks.csv", {"id", "models", "behaviour", "status", "source"}, list.where(), document.file);
  if (!table) return;
  std::vector<std::string_view> known;
  for (std::size_t row = 0; row < table->rows(); ++row) known.push_back(table->cell(row, "id"));
  for (const auto& item : list.items()) {
    if (!item.is_scalar() && !(item.is_map() && item.size() == 1)) {
      diagnostics_.add(item.where(), "a quirk is an id, or a map of one id and its parameters");
      continue;
    }
    const auto& name = item.is_map() ? item.entry(0).key : item;
    if (std::find(known.begin(), known.end(), name.text()) == known.end()) {
      diagnostics_.add(name.where(),
                       fmt::format("unknown quirk \"{}\"{}", name.text(), did_you_mean(name.text(), known)));
      continue;
    }
    QuirkUse use{name.text(), {}};
    if (item.is_map() && !item.entry(0).value.is_map()) {
      diagnostics_.add(item.where(), "a quirk's parameters are a map");
    } else if (item.is_map()) {
      for (const auto& [key, value] : item.entry(0).value.entries())
        use.parameters.insert_or_assign(key.text(), value.text());
    }
    const auto same = [&](const QuirkUse& other) { return other.id == use.id; };
    std::erase_if(profile_.quirks, same);  // a profile's parameters win over its family's
    profile_.quirks.push_back(std::move(use));
  }
}

// `X_GRANDSTREAM_GetLog: { reply: { Size: "100" } }`, or `{ fault: 9800, text: no log }`.
void Compiler::read_methods(const yaml::Node& map) {
  if (!map.is_map())
    return diagnostics_.add(map.where(), fmt::format("`methods` must be a map, not {}", map.kind_name()));
  for (const auto& [key, value] : map.entries()) {
    VendorMethod made;
    made.name = key.text();
    if (!is_method_name(made.name))
      diagnostics_.add(key.where(), "a vendor's method is named X_<VENDOR>_<Name>, 64 characters at most");
    yaml::MapReader reader(value, fmt::format("`{}`", key.text()), diagnostics_);
    if (!reader.is_map()) continue;
    if (const auto code = reader.optional_uint("fault", 9800, 9899)) made.fault = static_cast<int>(*code);
    made.fault_text = reader.optional_string("text").value_or("");
    if (const auto* reply = reader.optional("reply")) {
      if (made.fault != 0) reader.wrong("reply", "stands instead of `fault`, not beside it");
      if (!reply->is_map()) reader.wrong("reply", "must be a map of elements and their text");
      for (const auto& [name, text] : reply->is_map() ? reply->entries() : std::vector<yaml::Node::Entry>{}) {
        if (!is_element_name(name.text())) diagnostics_.add(name.where(), "no name of an XML element");
        if (const auto* found = yaml::scalar_text(text, "the text of an element", diagnostics_))
          made.reply.emplace_back(name.text(), *found);
      }
    }
    reader.finish();
    std::erase_if(profile_.methods, [&](const VendorMethod& other) { return other.name == made.name; });
    profile_.methods.push_back(std::move(made));
  }
}

}  // namespace cpefleet::profile
