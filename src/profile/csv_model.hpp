// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "datamodel/schema_builder.hpp"
#include "profile/csv.hpp"

// Data models from tables, into a SchemaBuilder. Startup only.
namespace cpefleet::profile {

// One of the standard models that ship in profiles/data.
struct Standard {
  std::string_view name;  // as a profile file calls it: "tr-106-1.2"
  std::string_view file;
  std::vector<std::string_view> profiles;  // those the vendor's guide claims
};
[[nodiscard]] const std::vector<Standard>& standards();

// A model under construction: the nodes, and what joins them once all values are known.
struct Draft {
  datamodel::SchemaBuilder builder;
  // A parameter whose values are listed in another one (TR-106's enumerationRef): path -> path.
  std::map<std::string, std::string, std::less<>> references;
};

// Adds the rows of a standard table that belong to the profiles of TR-106/TR-104 named (`Endpoint:1`), and the rows named
// in `include`, which are taken off it.
void add_standard(Draft& draft, const Csv& table, const std::vector<std::string>& profiles,
                  std::set<std::string, std::less<>>& include, Diagnostics& diagnostics);
[[nodiscard]] const std::vector<std::string_view>& standard_columns();

// Adds what a vendor table says of one model: what it says of a parameter that is there already wins.
void add_vendor(Draft& draft, const Csv& table, std::string_view model, Diagnostics& diagnostics);
[[nodiscard]] const std::vector<std::string_view>& vendor_columns();

// What a parameter reads as when nothing is known of its value: the first value its limits allow.
[[nodiscard]] std::string neutral_value(const datamodel::Node& node);

}  // namespace cpefleet::profile
