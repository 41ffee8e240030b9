// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/template.hpp"
#include "scenario/keys.hpp"
#include "scenario/load.hpp"
#include "yaml/map_reader.hpp"

// What the readers of the sections share while one scenario is loaded. Not for outside this directory.
namespace cpefleet::scenario {

// A template and where it was written.
struct Written {
  Template text;
  Location where;
};

struct PoolDraft {
  std::string name;
  fleet::AddressPool range;
  Location where;
};

struct GroupDraft {
  std::shared_ptr<fleet::Group> group;
  Pace pace;
  Location where;
  std::map<std::string, Location, std::less<>> identity_where;
  bool sound = true;  // false: something about it was reported, later checks leave it out
};

struct Loading {
  const World& world;
  const Overrides& overrides;
  Diagnostics& diagnostics;
  std::string directory;  // of the scenario file, with its slash; "" when it has none

  Plan plan;
  Written acs_url;
  Written acs_username;
  Written acs_password;
  Written client_cert;
  Written client_key;
  Written client_subject;
  std::vector<PoolDraft> pools;
  std::vector<GroupDraft> groups;
  std::vector<std::string> phases_named;  // all of them, before the first is read
  std::map<std::string, std::shared_ptr<const fleet::CsvTable>> tables;
  std::map<std::string, std::shared_ptr<const profile::Profile>> profiles;

  Loading(const World& w, const Overrides& o, Diagnostics& d, std::string dir)
      : world(w), overrides(o), diagnostics(d), directory(std::move(dir)) {}

  void wrong(Location where, std::string message) { diagnostics.add(std::move(where), std::move(message)); }
  void warn(std::string message) { plan.warnings.push_back(std::move(message)); }
  // A file named in the scenario, seen from where the scenario is.
  [[nodiscard]] std::string resolve(std::string_view path) const;
  [[nodiscard]] std::vector<std::string_view> group_names() const;
  [[nodiscard]] std::vector<std::string_view> phase_names() const;
};

// Flags over what `acs` says; called when the section was read or is missing.
void apply_acs_overrides(Loading& loading);

// Sections, in the order they are read in: each reads its own node.
void read_acs(const yaml::Node& node, Loading& loading);
void read_tls(const yaml::Node& node, Loading& loading);
void read_pools(const yaml::Node& node, Loading& loading);
void read_fleet(const yaml::Node& node, Loading& loading);
void read_phases(const yaml::Node& node, Loading& loading);
void read_thresholds(const yaml::Node& node, Loading& loading);
void read_limits(const yaml::Node& node, Loading& loading);
void read_connection_requests(const yaml::Node& node, Loading& loading);
void apply_connection_request_overrides(Loading& loading);
[[nodiscard]] Result<void> parse_listen(std::string_view text, ConnectionRequests& out);
[[nodiscard]] Result<void> parse_advertise(std::string_view text, ConnectionRequests& out);

// Parts of sections.
[[nodiscard]] GroupDraft read_group(const yaml::Node& node, Loading& loading);
[[nodiscard]] Doing read_doing(const yaml::Node& node, const std::vector<std::uint32_t>& groups, Loading& loading);
// `10MB/s`, in bytes a second.
[[nodiscard]] Result<std::uint64_t> parse_bandwidth(std::string_view text);
void read_transfers(const yaml::Node& node, fleet::FileRules& rules, Loading& loading);
void read_provisioning(const yaml::Node& node, const profile::Profile* profile, fleet::FileRules& rules,
                       Loading& loading);
[[nodiscard]] Pace read_pace(const yaml::Node& node, Loading& loading);
[[nodiscard]] std::optional<load::Arrivals> read_arrivals(const yaml::Node& node, Loading& loading);

// Compiles a template; the text of a secret stays out of the message.
void compile(std::string_view text, Location where, bool secret, Written& out, Loading& loading);

// Names of groups, pools and phases: letters, digits, `_`, `-`, `.`; they appear in metrics and templates.
[[nodiscard]] bool is_plain_name(std::string_view name);

// Once all groups are read: pools are dealt out, templates checked, plan.fleet filled.
void check_places(Loading& loading);
void finish_fleet(Loading& loading);
// Identities that exist twice, and MAC addresses that are none.
void check_duplicates(Loading& loading);
// Fills plan.warnings.
void find_surprises(Loading& loading);

}  // namespace cpefleet::scenario
