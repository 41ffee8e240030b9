// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"
#include "profile/csv_model.hpp"

namespace cpefleet::profile {

using datamodel::Node;
using datamodel::NodeKind;
using datamodel::Type;

namespace {

constexpr std::string_view kOrigin = "documented: S2 (model file of HT8xx, GXW42xx and DP75x)";
// The table's cells were cut at this length; an enumeration that reaches it is not complete.
constexpr std::size_t kCut = 120;

// "Device.Services.VoiceService.1.Capabilities.Codecs.{n}.Codec": every number and placeholder is a row.
std::string schema_path(std::string_view path) {
  std::string out;
  if (!path.starts_with("Device.")) out = "Device.";
  for (const auto segment : split(path, '.')) {
    const bool row = segment == "{i}" || segment == "{n}" || parse_uint(segment).has_value();
    out += row ? std::string_view("{i}") : segment;
    out += '.';
  }
  out.pop_back();
  return out;
}

bool is_for(std::string_view models, std::string_view model) {
  if (models == "all") return true;
  const auto names = split(models, ' ');
  return std::find(names.begin(), names.end(), model) != names.end();
}

std::optional<Type> parse_type(std::string_view text) {
  const auto lower = to_lower(text);
  if (lower == "string") return Type::string;
  if (lower == "int") return Type::integer;
  if (lower == "unsignedint") return Type::unsigned_integer;  // both spellings are in the vendor's file (GQ040)
  if (lower == "boolean") return Type::boolean;
  if (lower == "datetime") return Type::date_time;
  return std::nullopt;
}

// "maxlen 256", "0..63", "1025..", "enum A|B", "pattern-checked"; with "; " between where hardware differs: the widest.
void read_limits(std::string_view cell, Node& node) {
  for (auto part : split(cell, ';')) {
    part = trim(part);
    if (part.starts_with("maxlen ")) {
      node.max_length = std::max(node.max_length, static_cast<std::uint32_t>(parse_uint(part.substr(7)).value_or(0)));
    } else if (part.starts_with("enum ") && cell.size() < kCut) {
      for (const auto value : split(part.substr(5), '|')) node.enums.emplace_back(value);
    } else if (const auto dots = part.find(".."); dots != std::string_view::npos && !part.starts_with("enum ")) {
      datamodel::Range range;
      range.min = parse_int(part.substr(0, dots)).value_or(range.min);
      range.max = parse_int(part.substr(dots + 2)).value_or(range.max);
      node.ranges.push_back(range);
    }
  }
}

bool in_range(const Node& node, std::string_view text) {
  const auto number = parse_int(text);
  return number && (node.ranges.empty() || std::any_of(node.ranges.begin(), node.ranges.end(), [&](const auto& range) {
                      return *number >= range.min && *number <= range.max;
                    }));
}

bool allows(const Node& node, std::string_view text) {
  switch (node.type) {
    case Type::integer:
    case Type::unsigned_integer: return in_range(node, text);
    case Type::string:
      return node.enums.empty() || std::find(node.enums.begin(), node.enums.end(), text) != node.enums.end();
    default: return true;
  }
}

// What the vendor's table says of a parameter laid over what the standard says.
Node make_parameter(const Csv& table, std::size_t row, Type type, const Node* standard) {
  Node node;
  if (standard) node = *standard;
  node.kind = NodeKind::parameter;
  const bool same_type = standard && standard->type == type;
  node.type = type;
  node.writable = table.cell(row, "writable") == "W";
  node.active_denied = table.cell(row, "active_notification_allowed") == "no";
  node.hidden = table.cell(row, "read_returns_empty") == "yes";
  node.ip_address = false;

  Node limits;
  read_limits(table.cell(row, "range_or_enum"), limits);
  if (limits.max_length != 0 || !same_type) node.max_length = limits.max_length;
  if (!limits.ranges.empty() || !same_type) node.ranges = std::move(limits.ranges);
  const bool diagnostics = node.writable && table.cell(row, "path").ends_with(".DiagnosticsState");
  if (!diagnostics && (!limits.enums.empty() || !same_type)) node.enums = std::move(limits.enums);
  if (!diagnostics && (!same_type || !allows(node, node.default_value))) node.default_value = neutral_value(node);
  node.origin = kOrigin;
  if (const auto note = table.cell(row, "note"); !note.empty()) node.origin += fmt::format("; {}", note);
  return node;
}

// "AvailableX" and "X_GRANDSTREAM_AvailableX" list what X may be (GQ018).
void fill_available(Draft& draft, const std::string& path) {
  constexpr std::string_view kAvailable = "Available";
  const auto at = path.find(kAvailable, path.rfind('.') + 1);
  if (at == std::string::npos) return;
  auto sibling = path;
  const Node* described = draft.builder.edit(sibling.erase(at, kAvailable.size()));
  if (!described || described->enums.empty() || path.ends_with("DiagnosticsState")) return;
  Node* const node = draft.builder.edit(path);
  node->default_value = fmt::format("{}", fmt::join(described->enums, ","));
  node->default_origin = "assumed: GQ018, the values allowed";
}

}  // namespace

const std::vector<std::string_view>& vendor_columns() {
  static const std::vector<std::string_view> kColumns{
      "path",          "type",   "writable", "active_notification_allowed", "read_returns_empty",
      "range_or_enum", "models", "note"};
  return kColumns;
}

void add_vendor(Draft& draft, const Csv& table, std::string_view model, Diagnostics& diagnostics) {
  std::vector<std::string> added;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (!is_for(table.cell(row, "models"), model)) continue;  // "NOT IMPLEMENTED" is for none
    const auto path = schema_path(table.cell(row, "path"));
    const auto wrong = [&](std::string message) { diagnostics.add(table.where(row), std::move(message)); };
    const Node* const known = draft.builder.edit(path);
    if (table.cell(row, "type") == "object") {
      if (!path.ends_with("{i}.")) continue;  // plain objects come with what is in them
      Node node = known ? *known : Node{};
      node.kind = NodeKind::table;
      node.writable = table.cell(row, "writable") == "W";
      if (!known) node.origin = kOrigin;
      if (auto result = draft.builder.add(path, std::move(node)); !result) wrong(result.error().message());
      continue;
    }
    const auto type = parse_type(table.cell(row, "type"));
    if (!type) {
      wrong(fmt::format("unknown type \"{}\"", table.cell(row, "type")));
      continue;
    }
    Node node = make_parameter(table, row, *type, known);
    if (!node.enums.empty()) draft.references.erase(path);
    if (auto result = draft.builder.add(path, std::move(node)); !result) {
      wrong(result.error().message());
    } else {
      added.push_back(path);
    }
  }
  for (const auto& path : added) fill_available(draft, path);
}

}  // namespace cpefleet::profile
