// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "datamodel/delta.hpp"
#include "datamodel/delta_index.hpp"
#include "datamodel/schema.hpp"

namespace cpefleet::datamodel {

// What the model reads of the device around it. Implemented in src/device. Thread: the shard.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  // Expands a Source::identity template and appends it.
  virtual void expand(std::string_view identity_template, std::string& out) const = 0;
  [[nodiscard]] virtual std::uint64_t up_time_seconds() const = 0;
  virtual void append_local_time(std::string& out) const = 0;
  // For the generator behind a parameter.
  [[nodiscard]] virtual GeneratorInput generator_input(const Key& parameter) const = 0;
};

// The data model of one device as a view: schema + delta + surroundings. Cheap to make; made for one RPC and dropped.
// Reading = delta, else override, else default. Fault numbers are TR-069's (A.5.1). While a Model lives, its delta changes
// only through it. Thread: the shard.
class Model {
 public:
  Model(const Schema& schema, Delta& delta, const Surroundings& around);

  // --- looking up ---------------------------------------------------------------------------------------------
  struct Place {
    Key key;
    bool row = false;  // a table's row ("VoiceProfile.1."), as opposed to the table itself ("VoiceProfile.")
  };
  // A complete parameter name, or an object path ending in '.'; "" is the top. Only what exists: rows included.
  [[nodiscard]] std::optional<Place> find(std::string_view path) const;
  // Path of a place, with the trailing dot of objects.
  void append_path(const Place& place, std::string& out) const;

  // --- walking --------------------------------------------------------------------------------------------------
  struct Visit {
    std::string_view path;  // full; objects, tables and rows end in '.'; valid during the call
    const Place* place = nullptr;
    const Node* node = nullptr;
  };
  using Visitor = std::function<void(const Visit&)>;
  // Everything below `from` at all depths, in the order of the schema, rows ascending; `from` itself not included.
  void walk(const Place& from, const Visitor& visit) const;
  // One level below.
  void children(const Place& from, const Visitor& visit) const;

  [[nodiscard]] std::vector<Instance> rows(const Key& table) const;
  // GetParameterNames' Writable (P-56).
  [[nodiscard]] bool writable(const Place& place) const;

  // --- values -----------------------------------------------------------------------------------------------------
  // As an ACS reads it: hidden parameters are "".
  void append_value(const Key& parameter, std::string& out) const;
  [[nodiscard]] std::string value(const Key& parameter) const;
  // As the device itself reads it: the stored text of hidden parameters too.
  [[nodiscard]] std::string stored_value(const Key& parameter) const;

  // 0, or 9006/9007/9008 and a short reason; changes nothing. `declared_type`: local name of xsi:type, "" when absent;
  // int, unsignedInt and string are taken for one another when the text fits (P-25). `canonical` receives the value as
  // it would be stored (booleans 0/1, white space around numbers gone).
  struct Verdict {
    int fault = 0;
    std::string reason;
  };
  [[nodiscard]] Verdict check(const Key& parameter, std::string_view value, std::string_view declared_type,
                              std::string& canonical) const;
  // Stores without checking. A value equal to what the device reads without a delta erases the entry.
  void store(const Key& parameter, std::string_view canonical);

  // --- rows ---------------------------------------------------------------------------------------------------------
  struct Added {
    int fault = 0;  // 9004 full, 9005 not a table an ACS may add to
    Instance instance = 0;
    std::string reason;
  };
  [[nodiscard]] Added add_row(const Key& table);
  // Erases the row and everything below; 0 or 9005.
  [[nodiscard]] int delete_row(const Key& row);
  // The same by the device itself, whatever an ACS may do to the table. Only 9004 when no number is left.
  [[nodiscard]] Added insert_row(const Key& table);
  void erase_row(const Key& row);
  // All rows of a table that the device alone fills; numbers begin anew.
  void erase_rows(const Key& table);
  // Puts everything below a place back to what it is without a delta, rows and rules excepted.
  void reset_values(const Place& place);

  // --- attributes ---------------------------------------------------------------------------------------------------
  struct Attributes {
    std::uint8_t notification = 0;
    std::vector<std::string> access_list;  // {"Subscriber"} by default
  };
  [[nodiscard]] Attributes attributes(const Key& parameter) const;
  // A rule for a parameter or for everything below an object; unset members leave what was.
  void set_attributes(const Place& place, std::optional<std::uint8_t> notification,
                      const std::optional<std::vector<std::string>>& access_list);

  // --- notification (A.3.2.4) -----------------------------------------------------------------------------------------
  [[nodiscard]] std::uint8_t notification(const Key& parameter) const;
  // The device itself changes a value: stores it without checking. Returns the notification the parameter has, 0 when the
  // value is the one it had. The next Inform that is accepted tells of it, even if it changes back (I-9).
  std::uint8_t change(const Key& parameter, std::string_view canonical);
  // The same where the value comes from the device around the model, and is another one already.
  std::uint8_t changed(const Key& parameter);
  struct Change {
    Key parameter;
    std::uint8_t notification = 0;
  };
  // What the next Inform has to tell, ordered by key.
  [[nodiscard]] std::vector<Change> changes() const;
  // An Inform with this value was accepted. What changed since it was sent stays to be told.
  void told(const Key& parameter, std::string_view text);
  // An ACS's own changes are not told (N-3).
  void written_by_acs(const Key& parameter);
  void counts_changed_by_acs();  // after AddObject, DeleteObject
  // Undelivered changes are dropped: 0 BOOTSTRAP arises (V-6), or a restart (V-5).
  void forget_changes();
  // Rules have changed: from now on, what changes by itself is compared with what it is now.
  void watch();
  // How long until something that changes by itself and has active notification may have changed.
  [[nodiscard]] std::optional<Duration> next_active_change() const;
  // Clocks change all the time; with active notification they are told of no more often than this (N-5).
  static constexpr Duration kClockNotification = std::chrono::minutes{1};
  // Whether all rows on the way to it are there.
  [[nodiscard]] bool exists(const Key& parameter) const;
  // A parameter of the schema in all rows there are.
  void for_each_instance(NodeId parameter, const std::function<void(const Key&)>& visit) const;

  [[nodiscard]] const Schema& schema() const { return schema_; }

 private:
  struct Base {  // what a parameter reads as without a delta
    std::string_view text;
    Source source = Source::text;
    const Generator* generator = nullptr;
  };
  [[nodiscard]] const DeltaIndex& index() const;
  [[nodiscard]] Source source_of(const Key& parameter) const;
  [[nodiscard]] std::optional<Duration> until_change_of(const Key& parameter) const;
  [[nodiscard]] Base base_of(const Node& node, const Key& parameter) const;
  void append_base(const Base& base, const Node& node, const Key& parameter, std::string& out) const;
  void append_stored(const Node& node, const Key& parameter, std::string& out) const;
  [[nodiscard]] bool row_exists(const Key& row) const;
  void append_rows(const Key& table, std::vector<Instance>& out) const;  // ascending
  [[nodiscard]] std::size_t count_rows(const Key& table) const;
  [[nodiscard]] std::size_t count_below(const Key& at, std::span<const NodeId> tables) const;
  [[nodiscard]] std::optional<std::string> why_full(const Key& table) const;
  [[nodiscard]] Instance next_instance(const Key& table) const;
  struct Walk;
  void walk_below(Walk& walk, const Place& from, bool deep) const;

  const Schema& schema_;
  Delta& delta_;
  const Surroundings& around_;
  mutable DeltaIndex index_;
};

}  // namespace cpefleet::datamodel
