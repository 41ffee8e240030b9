// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "datamodel/generator.hpp"

// What all devices of one profile and firmware share: the tree of objects, tables and parameters with types, limits and
// defaults. Immutable once built; read from all shards without locks.
//
// A table `VoiceProfile.{i}.` is one node whose children are the columns of every row. Where in the tree something is,
// is a Key: the node, and the instance number at each table on the way.
namespace cpefleet::datamodel {

using NodeId = std::uint16_t;
constexpr NodeId kRoot = 0;  // the nameless top; its children are the root objects ("Device.")
constexpr NodeId kNoNode = 0xffff;
constexpr std::size_t kMaxDepth = 5;                // tables above one another
using Instance = std::uint16_t;                     // 1..65535; 0 in a pattern means "any"
using Instances = std::array<Instance, kMaxDepth>;  // unused places are 0

enum class NodeKind : std::uint8_t { object, table, parameter };
enum class Type : std::uint8_t { string, integer, unsigned_integer, boolean, date_time, base64 };

// Where a value comes from when the device has none of its own.
enum class Source : std::uint8_t {
  text,            // the node's default, as it is
  identity,        // the default is a template over the device's identity: "{mac}", "http://{lan_ip}:{port}/"
  number_of_rows,  // of the table `counted`
  up_time,         // seconds since the last restart
  current_time,    // local time with offset (M-5)
  always_false,    // a trigger that acts on true and reads false (P-31)
  generated,       // by `generator`
};

// Whether a value of this source can become another one without anybody writing it.
[[nodiscard]] constexpr bool changes_by_itself(Source source) {
  return source != Source::text && source != Source::always_false;
}

struct Range {
  std::int64_t min = INT64_MIN;
  std::int64_t max = INT64_MAX;
};

// A value for some rows: `{i}` places are 0. Of several that fit, the one with the most places given wins,
// of those the last.
struct Override {
  Instances pattern{};
  std::string value;
  Source source = Source::text;
  std::string origin;                                    // as Node::default_origin
  std::shared_ptr<const Generator> generator = nullptr;  // Source::generated
};
// Rows a table has from the factory under some parents. Of a table's several, all that fit the parents add up.
struct FactoryRows {
  Instances parents{};
  std::vector<Instance> rows;
};

struct Node {
  std::string name;  // one segment, without dot: "VoiceProfile"; a table's name is without "{i}"
  NodeKind kind = NodeKind::object;
  NodeId parent = kRoot;
  NodeId first_child = kNoNode;  // children are contiguous and sorted by name
  std::uint16_t children = 0;
  std::uint8_t tables = 0;  // how many tables are on the way here, the node itself included when it is one

  // parameters
  Type type = Type::string;
  bool writable = false;       // for tables: AddObject and DeleteObject possible
  bool hidden = false;         // stored, reads as "" (P-30)
  bool forced_inform = false;  // in every Inform (I-8)
  bool active_denied = false;  // Notification 2 refused with 9009 (N-6)
  bool list = false;           // comma-separated; enum and pattern bind each item
  Source source = Source::text;
  NodeId counted = kNoNode;                    // Source::number_of_rows
  std::shared_ptr<const Generator> generator;  // Source::generated
  std::uint32_t min_length = 0;
  std::uint32_t max_length = 0;  // characters; 0 = no limit
  std::string default_value;
  std::vector<Range> ranges;       // any of them; empty = only the type's own
  std::vector<std::string> enums;  // empty = free
  std::string pattern;             // ECMAScript regular expression over the whole value; "" = none
  bool ip_address = false;         // IPv4 or IPv6 text, or empty (M-9, C11)
  std::vector<Override> overrides;
  std::string origin;          // where the definition came from, for `profiles explain`
  std::string default_origin;  // and the default value; "" when it came with the definition

  // tables
  std::vector<FactoryRows> factory_rows;
  Instance max_rows = 0;                // 0 = no limit but the table's own; beyond it AddObject gives 9004
  NodeId max_rows_parameter = kNoNode;  // a parameter that holds the limit (MaxProfileCount)
};

// A place in the data model of one device.
struct Key {
  NodeId node = kNoNode;
  Instances at{};  // as many places as node.tables says; a table addressed without a row has one place less in use
  friend auto operator<=>(const Key&, const Key&) = default;
};

// A parameter of every Inform (I-8), with its path.
struct ForcedParameter {
  NodeId node;
  std::string path;
};

class Schema {
 public:
  // Nodes in the order of their ids: the root first, siblings contiguous and sorted by name, every parent before its
  // children. Made by SchemaBuilder.
  explicit Schema(std::vector<Node> nodes);

  [[nodiscard]] const Node& node(NodeId id) const { return nodes_[id]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::span<const Node> nodes() const { return nodes_; }
  // By name among the children; kNoNode when there is none. Binary search.
  [[nodiscard]] NodeId child(NodeId parent, std::string_view name) const;
  // By schema path, `{i}` at tables: "Device.Services.VoiceService.{i}.VoiceProfile.{i}.Name"; trailing dot optional.
  [[nodiscard]] NodeId find(std::string_view schema_path) const;
  [[nodiscard]] std::string path(NodeId id) const;  // the same, back
  [[nodiscard]] std::span<const ForcedParameter> forced_inform() const { return forced_; }
  // Parameters that can change without anybody writing them, somewhere in their table at least.
  [[nodiscard]] std::span<const NodeId> changing() const { return changing_; }
  // Whether `id` is `ancestor` or below it.
  [[nodiscard]] bool is_below(NodeId id, NodeId ancestor) const;
  // Whether a text fits the node's pattern; true when the node has none.
  [[nodiscard]] bool fits_pattern(NodeId id, std::string_view text) const;
  // Whether a regular expression can be compiled. SchemaBuilder refuses those that cannot.
  [[nodiscard]] static bool is_pattern(const std::string& pattern);

 private:
  class Patterns;  // compiled once, here
  std::vector<Node> nodes_;
  std::vector<ForcedParameter> forced_;
  std::vector<NodeId> changing_;
  std::shared_ptr<const Patterns> patterns_;
};

}  // namespace cpefleet::datamodel
