// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/template.hpp"
#include "base/text.hpp"
#include "profile/model_editor.hpp"

namespace cpefleet::profile {

using datamodel::Node;
using datamodel::NodeKind;
using datamodel::Source;

namespace {

// What a device can be asked for: the places of its group (fleet) and of itself.
constexpr std::array<std::string_view, 18> kPlaces{"manufacturer",
                                                   "oui",
                                                   "product_class",
                                                   "serial",
                                                   "mac",
                                                   "lan_ip",
                                                   "model_name",
                                                   "hardware_version",
                                                   "i",
                                                   "software_version",
                                                   "device_id",
                                                   "acs_url",
                                                   "acs_username",
                                                   "acs_password",
                                                   "group",
                                                   "cr_url",
                                                   "udp_address",
                                                   "nat_detected"};

constexpr std::array<std::string_view, 4> kOrigins{"captured", "documented", "reported", "assumed"};

}  // namespace

Result<datamodel::Range> parse_range(std::string_view text) {
  const auto dots = text.find("..");
  datamodel::Range range;
  if (dots == std::string_view::npos) return failure(fmt::format("\"{}\" is no range: write 1..64, 1.. or ..64", text));
  for (const auto& [part, to] :
       {std::pair{text.substr(0, dots), &range.min}, std::pair{text.substr(dots + 2), &range.max}}) {
    if (part.empty()) continue;
    const auto number = parse_int(part);
    if (!number) return failure(fmt::format("\"{}\" is no range: write 1..64, 1.. or ..64", text));
    *to = *number;
  }
  if (range.min > range.max) return failure(fmt::format("\"{}\" is empty", text));
  return range;
}

std::string read_origin(yaml::MapReader& reader) {
  auto origin = reader.optional_string("from").value_or("assumed");
  const auto how = std::string_view(origin).substr(0, origin.find(':'));
  if (std::find(kOrigins.begin(), kOrigins.end(), how) == kOrigins.end())
    reader.wrong("from", fmt::format("\"{}\" does not begin with one of {}", origin, fmt::join(kOrigins, ", ")));
  if (how != "assumed" && origin.size() <= how.size() + 2) reader.wrong("from", "name the source: \"documented: S7\"");
  return origin;
}

bool ModelEditor::is_place_known(std::string_view name) const {
  return name.starts_with("csv.") || name.starts_with("pool.") ||
         std::find(kPlaces.begin(), kPlaces.end(), name) != kPlaces.end();
}

std::string ModelEditor::define(yaml::MapReader& reader, const SetPath& path, Node& node) {
  auto origin = read_origin(reader);
  if (node.kind == NodeKind::table) {
    node.writable = reader.optional_bool("writable").value_or(node.writable);
    if (const auto max = reader.optional_uint("max_rows", 0, UINT16_MAX))
      node.max_rows = static_cast<datamodel::Instance>(*max);
    if (const auto limit = reader.optional_string("limit")) {
      if (const auto by = SetPath::parse(*limit); by && draft_.builder.edit(by->schema_path)) {
        draft_.builder.link_limit(path.schema_path, by->schema_path);
      } else {
        reader.wrong("limit", fmt::format("\"{}\" is not in the data model", *limit));
      }
    }
  } else if (node.kind == NodeKind::parameter) {
    define_limits(reader, node);
    define_value(reader, path, node, origin);
  }
  return origin;
}

void ModelEditor::define_limits(yaml::MapReader& reader, Node& node) {
  node.writable = reader.optional_bool("writable").value_or(node.writable);
  node.hidden = reader.optional_bool("hidden").value_or(node.hidden);
  node.forced_inform = reader.optional_bool("forced_inform").value_or(node.forced_inform);
  if (const auto active = reader.optional_bool("active_notification")) node.active_denied = !*active;
  node.list = reader.optional_bool("list").value_or(node.list);
  node.min_length =
      static_cast<std::uint32_t>(reader.optional_uint("min_length", 0, UINT32_MAX).value_or(node.min_length));
  node.max_length =
      static_cast<std::uint32_t>(reader.optional_uint("max_length", 0, UINT32_MAX).value_or(node.max_length));
  if (auto pattern = reader.optional_string("pattern")) {
    if (datamodel::Schema::is_pattern(*pattern)) {
      node.pattern = std::move(*pattern);
    } else {
      reader.wrong("pattern", "no regular expression (ECMAScript, without back-references)");
    }
  }
  if (reader.has("enum")) {
    node.enums.clear();
    for (const auto* value : reader.optional_texts("enum")) node.enums.push_back(value->text());
  }
  if (reader.has("range")) {
    node.ranges.clear();
    for (const auto* text : reader.optional_texts("range")) {
      const auto range = parse_range(text->text());
      if (range) node.ranges.push_back(*range);
      if (!range) wrong(text->where(), range.error().message());
    }
  }
}

// Exactly one of: a text, a template over the identity, something computed, the number of rows of a table, a generator.
void ModelEditor::define_value(yaml::MapReader& reader, const SetPath& path, Node& node, const std::string& origin) {
  static constexpr std::array<std::string_view, 3> kComputed{"up_time", "current_time", "always_false"};
  static constexpr std::array<Source, 3> kSources{Source::up_time, Source::current_time, Source::always_false};
  for (const auto* key : {"default", "identity", "computed", "counts", "generate"}) reader.accept(key);
  const int given = int{reader.has("default")} + int{reader.has("identity")} + int{reader.has("computed")} +
                    int{reader.has("counts")} + int{reader.has("generate")};
  if (given > 1)
    return wrong(reader.where(), "only one of `default`, `identity`, `computed`, `counts` and `generate` can be given");

  const auto where = [&](std::string_view key) { return reader.optional(key)->where(); };
  if (auto text = reader.optional_string("default")) {
    set_value(path, node, std::move(*text), Source::text, origin, where("default"));
  } else if (auto identity = reader.optional_string("identity")) {
    const auto compiled = Template::compile(*identity);
    if (!compiled) return reader.wrong("identity", compiled.error().message());
    for (const auto name : compiled->names()) {
      if (!is_place_known(name))
        reader.wrong("identity", fmt::format("unknown place {{{}}}{}", name, did_you_mean(name, kPlaces)));
    }
    set_value(path, node, std::move(*identity), Source::identity, origin, where("identity"));
  } else if (const auto computed = reader.optional_choice("computed", kComputed)) {
    set_value(path, node, {}, kSources[*computed], origin, where("computed"));
  } else if (const auto table = reader.optional_string("counts")) {
    const auto counted = SetPath::parse(*table + "{i}.");
    if (!counted || !draft_.builder.edit(counted->schema_path))
      return reader.wrong("counts", "names no table of the data model");
    if (path.names_rows()) return wrong(reader.where(), "`counts` is for all rows; write {i}");
    draft_.builder.link_count(path.schema_path, counted->schema_path);
    node.default_origin = origin;
  } else if (const auto* generate = reader.optional("generate")) {
    if (auto made = read_generator(*generate, path))
      set_value(path, node, {}, Source::generated, origin, generate->where(), std::move(made));
  } else if (given == 0 && node.default_value.empty()) {
    node.default_value = neutral_value(node);
  }
}

}  // namespace cpefleet::profile
