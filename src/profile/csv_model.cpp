// SPDX-License-Identifier: Apache-2.0
#include "profile/csv_model.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"

namespace cpefleet::profile {

using datamodel::Node;
using datamodel::NodeKind;
using datamodel::Type;

namespace {

std::vector<std::string_view> split_alternatives(std::string_view text) {
  constexpr std::string_view kBar = " | ";
  std::vector<std::string_view> out;
  for (;;) {
    const auto bar = text.find(kBar);
    out.push_back(text.substr(0, bar));
    if (bar == std::string_view::npos) return out;
    text.remove_prefix(bar + kBar.size());
  }
}

std::optional<Type> parse_type(std::string_view text) {
  if (text == "string") return Type::string;
  if (text == "int") return Type::integer;
  if (text == "unsignedInt") return Type::unsigned_integer;
  if (text == "boolean") return Type::boolean;
  if (text == "dateTime") return Type::date_time;
  if (text == "base64") return Type::base64;
  return std::nullopt;
}

// "1.." and "0..63", with " | " between.
std::vector<datamodel::Range> parse_ranges(std::string_view text) {
  std::vector<datamodel::Range> out;
  if (text.empty()) return out;
  for (const auto part : split_alternatives(text)) {
    const auto dots = part.find("..");
    datamodel::Range range;
    range.min = parse_int(part.substr(0, dots)).value_or(range.min);
    if (dots != std::string_view::npos) range.max = parse_int(part.substr(dots + 2)).value_or(range.max);
    out.push_back(range);
  }
  return out;
}

// "None{ro} | Requested | Quiescent{opt}". The marks say what a device need not or an ACS may not use.
std::vector<std::string> parse_enum(std::string_view text, bool writable) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  for (const auto part : split_alternatives(text)) {
    const auto mark = part.find('{');
    if (writable && part.substr(std::min(mark, part.size())).find("ro") != std::string_view::npos) continue;
    out.emplace_back(part.substr(0, mark));
  }
  return out;
}

std::string parse_pattern(std::string_view text) {
  if (text.empty()) return {};
  std::vector<std::string> alternatives;
  for (const auto part : split_alternatives(text)) alternatives.push_back(fmt::format("({})", part));
  return fmt::format("{}", fmt::join(alternatives, "|"));
}

Node make_table_or_object(const Csv& table, std::size_t row) {
  Node node;
  node.kind = table.cell(row, "type") == "table" ? NodeKind::table : NodeKind::object;
  node.writable = table.cell(row, "access") == "W" && node.kind == NodeKind::table;
  return node;
}

Node make_parameter(const Csv& table, std::size_t row, Type type) {
  Node node;
  node.kind = NodeKind::parameter;
  node.type = type;
  node.writable = table.cell(row, "access") == "W";
  node.hidden = table.cell(row, "hidden") == "1";
  node.forced_inform = table.cell(row, "forced_inform") == "1";
  node.active_denied = table.cell(row, "active_notify") == "canDeny";  // they may, these do (N-6)
  node.list = table.cell(row, "is_list") == "1";
  // Of a list the bound of the whole where there is one, else that of an item, which is then the only bound known.
  const auto list_length = table.cell(row, "list_max_length");
  const auto length = list_length.empty() ? table.cell(row, "max_length") : list_length;
  node.max_length = static_cast<std::uint32_t>(parse_uint(length).value_or(0));
  node.min_length = static_cast<std::uint32_t>(parse_uint(table.cell(row, "min_length")).value_or(0));
  node.ranges = parse_ranges(table.cell(row, "range"));
  node.pattern = parse_pattern(table.cell(row, "pattern"));
  node.ip_address = table.cell(row, "named_type") == "IPAddress";
  const auto path = table.cell(row, "path");
  // D-1: an ACS may write nothing but Requested, also where the XML has no marks.
  node.enums = node.writable && path.ends_with(".DiagnosticsState")
                   ? std::vector<std::string>{"Requested"}
                   : parse_enum(table.cell(row, "enum"), node.writable);
  node.default_value = table.cell(row, "default");
  if (node.default_value.empty())
    node.default_value = path.ends_with(".DiagnosticsState") ? "None" : neutral_value(node);
  if (type == Type::boolean) node.default_value = node.default_value == "true" || node.default_value == "1" ? "1" : "0";
  return node;
}

// The profiles of a row, "Baseline:1(P) UDPConnReq:1(-)", that are among those wanted; "" when none.
std::string claimed_by(std::string_view cell, const std::vector<std::string>& wanted) {
  for (const auto entry : split(cell, ' ')) {
    const auto name = entry.substr(0, entry.find('('));
    if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) return std::string(name);
  }
  return {};
}

class StandardReader {
 public:
  StandardReader(Draft& draft, const Csv& table, Diagnostics& diagnostics)
      : draft_(draft), table_(table), diagnostics_(diagnostics) {}

  void add(std::size_t row, std::string_view why) {
    const std::string path(table_.cell(row, "path"));
    Node node;
    if (table_.cell(row, "kind") == "object") {
      node = make_table_or_object(table_, row);
    } else {
      const auto type = parse_type(table_.cell(row, "type"));
      if (!type) return wrong(row, fmt::format("unknown type \"{}\"", table_.cell(row, "type")));
      node = make_parameter(table_, row, *type);
      constexpr std::string_view kEnumRef = "enumRef .";
      const auto reference = table_.cell(row, "ref");
      // Relative to the service: ".Capabilities.SIP.Transports".
      if (const auto service = path.find("{i}."); reference.starts_with(kEnumRef) && service != std::string::npos)
        draft_.references[path] = path.substr(0, service + 4) + std::string(reference.substr(kEnumRef.size()));
    }
    node.origin = fmt::format("documented: {}", why);
    if (auto added = draft_.builder.add(path, std::move(node)); !added) return wrong(row, added.error().message());
    if (const auto count = table_.cell(row, "num_entries_param"); !count.empty()) counts_.emplace_back(path, count);
  }

  // Every table's ...NumberOfEntries is its number of rows (M-14). Those that no profile names are there all the same
  // (M-3: VoiceServiceNumberOfEntries).
  void link_counts() {
    for (const auto& [table, count] : counts_) {
      auto owner = table.substr(0, table.rfind(".{i}"));
      const auto path = owner.substr(0, owner.rfind('.') + 1) + count;
      if (!draft_.builder.edit(path)) {
        Node node;
        node.kind = NodeKind::parameter;
        node.type = Type::unsigned_integer;
        node.origin = fmt::format("documented: count of {}", table);
        (void)draft_.builder.add(path, std::move(node));
      }
      draft_.builder.link_count(path, table);
    }
  }

 private:
  void wrong(std::size_t row, std::string message) { diagnostics_.add(table_.where(row), std::move(message)); }

  Draft& draft_;
  const Csv& table_;
  Diagnostics& diagnostics_;
  std::vector<std::pair<std::string, std::string>> counts_;
};

}  // namespace

const std::vector<Standard>& standards() {
  static const std::vector<Standard> kStandards{
      {"tr-106-1.2",
       "device-1.2.csv",
       {"Baseline:1", "UDPConnReq:1", "LAN:1", "Time:1", "IPPing:1", "TraceRoute:1", "Download:1", "Upload:1"}},
      {"tr-104-1.0", "voiceservice-1.0.csv", {"Endpoint:1", "SIPEndpoint:1"}},
  };
  return kStandards;
}

const std::vector<std::string_view>& standard_columns() {
  static const std::vector<std::string_view> kColumns{"path",          "kind",          "type",    "access",
                                                      "range",         "enum",          "default", "profiles",
                                                      "forced_inform", "active_notify", "hidden"};
  return kColumns;
}

std::string neutral_value(const Node& node) {
  switch (node.type) {
    case Type::boolean: return "0";
    case Type::date_time: return "0001-01-01T00:00:00Z";  // M-4, unknown
    case Type::integer:
    case Type::unsigned_integer: {
      const auto fits = [](const datamodel::Range& range) { return range.min <= 0 && range.max >= 0; };
      if (node.ranges.empty() || std::any_of(node.ranges.begin(), node.ranges.end(), fits)) return "0";
      return std::to_string(node.ranges.front().min);
    }
    case Type::string: {
      const bool free =
          node.enums.empty() || node.list || std::find(node.enums.begin(), node.enums.end(), "") != node.enums.end();
      return free ? std::string{} : node.enums.front();
    }
    case Type::base64: break;
  }
  return {};
}

void add_standard(Draft& draft, const Csv& table, const std::vector<std::string>& profiles,
                  std::set<std::string, std::less<>>& include, Diagnostics& diagnostics) {
  StandardReader reader(draft, table, diagnostics);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto claim = claimed_by(table.cell(row, "profiles"), profiles);
    const auto wanted = include.find(table.cell(row, "path"));
    if (!claim.empty()) {
      reader.add(row, claim);
    } else if (wanted != include.end()) {
      reader.add(row, "the standard, optional");
    }
    if (wanted != include.end()) include.erase(wanted);
  }
  reader.link_counts();
}

}  // namespace cpefleet::profile
