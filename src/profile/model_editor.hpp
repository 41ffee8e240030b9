// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "profile/csv_model.hpp"
#include "profile/set_path.hpp"
#include "yaml/map_reader.hpp"

namespace cpefleet::profile {

// "1..64", "1..", "..64".
[[nodiscard]] Result<datamodel::Range> parse_range(std::string_view text);
// `from: "documented: S7 ..."`: how it is known, then where it is written. What does not say is assumed.
[[nodiscard]] std::string read_origin(yaml::MapReader& reader);

// Does to a model under construction what the `set`, `rows`, `add`, `remove` and `rename` of a profile file say. A copy
// goes on from where the original stands: one for each firmware. Startup only.
class ModelEditor {
 public:
  explicit ModelEditor(Diagnostics& diagnostics) : diagnostics_(&diagnostics) {}

  [[nodiscard]] Draft& draft() { return draft_; }
  // All that stands under one key of `datamodel` or of a firmware.
  void set(const yaml::Node& map);
  void rows(const yaml::Node& map);
  void add(const yaml::Node& map);
  void remove(const yaml::Node& list);
  void rename(const yaml::Node& map);
  // Whether a path of a profile file (rows as numbers, ranges or `{i}`) is in the model; reports it when it is not.
  bool knows(const yaml::Node& path);

  // The schema; null when there was a mistake. Every value that was set is held against the limits of its parameter.
  [[nodiscard]] std::shared_ptr<const datamodel::Schema> build(const Location& where);

 private:
  struct Value {  // one that was set, to be checked at the end
    std::string schema_path;
    std::string text;
    Location where;
  };

  void set_one(const yaml::Node& key, const yaml::Node& value);
  void make_rows(const SetPath& path);
  void set_value(const SetPath& path, datamodel::Node& node, std::string text, datamodel::Source source,
                 const std::string& origin, const Location& where,
                 std::shared_ptr<const datamodel::Generator> generator = nullptr);
  // Null when there was a mistake. What it makes is held against the limits of its parameter, too.
  std::shared_ptr<const datamodel::Generator> read_generator(const yaml::Node& map, const SetPath& path);
  void add_row_list(const SetPath& table, const yaml::Node& list, const std::string& origin);
  // Returns the origin.
  std::string define(yaml::MapReader& reader, const SetPath& path, datamodel::Node& node);
  void define_limits(yaml::MapReader& reader, datamodel::Node& node);
  void define_value(yaml::MapReader& reader, const SetPath& path, datamodel::Node& node, const std::string& origin);
  [[nodiscard]] bool is_place_known(std::string_view name) const;
  // The node of a path; reports it with the nearest one when there is none.
  datamodel::Node* find(const SetPath& path, const yaml::Node& where);
  void resolve_references();
  void wrong(const Location& where, std::string message) { diagnostics_->add(where, std::move(message)); }

  Diagnostics* diagnostics_;
  Draft draft_;
  std::vector<Value> values_;
};

}  // namespace cpefleet::profile
