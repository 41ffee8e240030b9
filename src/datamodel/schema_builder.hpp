// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "datamodel/schema.hpp"

namespace cpefleet::datamodel {

// Builds a Schema from paths. Startup only.
class SchemaBuilder {
 public:
  // Adds or replaces a node by its schema path ("Device.X.{i}.", "Device.X.{i}.Y"). Parents that are missing are made as
  // plain objects. `node.name`, `parent`, `first_child` and `children` are filled here.
  Result<void> add(std::string_view schema_path, Node node);
  // The node at a path, to change it; null when there is none.
  [[nodiscard]] Node* edit(std::string_view schema_path);
  // Removes a node and everything below; false when there is none.
  bool remove(std::string_view schema_path);
  // Every schema path there is, sorted.
  [[nodiscard]] std::vector<std::string> paths() const;
  // The immutable result. `counted` and `max_rows_parameter` of nodes are given by path: see link().
  // An empty table path undoes it.
  void link_count(std::string_view parameter_path, std::string_view table_path);
  void link_limit(std::string_view table_path, std::string_view parameter_path);
  [[nodiscard]] Result<std::shared_ptr<const Schema>> build() const;

 private:
  // By path, without the trailing dot of objects.
  std::map<std::string, Node, std::less<>> nodes_;
  std::map<std::string, std::string, std::less<>> counts_;
  std::map<std::string, std::string, std::less<>> limits_;
};

}  // namespace cpefleet::datamodel
