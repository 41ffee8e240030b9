// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "base/text.hpp"
#include "base/url.hpp"
#include "scenario/loading.hpp"

// Whether every place `{...}` in a template has a value for the devices it is used for.
namespace cpefleet::scenario {
namespace {

[[nodiscard]] std::vector<std::string> known_places(const fleet::Group& group) {
  const auto builtin = fleet::place_names();
  std::vector<std::string> all(builtin.begin(), builtin.end());
  for (const auto& [name, pool] : group.pools) all.push_back("pool." + name);
  if (group.csv) {
    for (const std::string& column : group.csv->columns()) all.push_back("csv." + column);
  }
  return all;
}

// The first name that is not known; "" when all are.
[[nodiscard]] std::string unknown_place(const std::vector<std::string>& names, const std::vector<std::string>& known) {
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::vector<std::string_view> words(known.begin(), known.end());
    return "{" + name + "} is unknown" + did_you_mean(name, words);
  }
  return {};
}

[[nodiscard]] bool reaches(const fleet::Group& group, const std::string& from, const std::string& to,
                           std::set<std::string>& seen) {
  for (const std::string& name : group.places_in(from)) {
    if (name == to) return true;
    if (seen.insert(name).second && reaches(group, name, to, seen)) return true;
  }
  return false;
}

[[nodiscard]] bool goes_round(const fleet::Group& group, std::string_view place) {
  std::set<std::string> seen;
  return reaches(group, std::string(place), std::string(place), seen);
}

void check_identity(GroupDraft& draft, Loading& loading) {
  const fleet::Group& group = *draft.group;
  const auto known = known_places(group);
  for (const std::string_view field : fleet::identity_names()) {
    const auto where = draft.identity_where.find(field);
    const bool own = where != draft.identity_where.end();
    const Location& at = own ? where->second : draft.where;
    const std::string whose =
        own ? fmt::format("`{}`", field) : fmt::format("{} of profile {}", field, group.profile->name);
    const std::string unknown = unknown_place(group.places_in(field), known);
    if (!unknown.empty()) loading.wrong(at, fmt::format("{}: {}", whose, unknown));
    const bool round = goes_round(group, field);
    if (round) loading.wrong(at, whose + " refers to itself");
    draft.sound = draft.sound && unknown.empty() && !round;
  }
}

// A template of the ACS is one place in the file, however many groups it is wrong for.
void check_acs(const Written& written, std::string_view key, Loading& loading) {
  for (const GroupDraft& draft : loading.groups) {
    if (!draft.sound) continue;
    std::vector<std::string> names;
    for (const std::string_view name : written.text.names()) names.emplace_back(name);
    const std::string unknown = unknown_place(names, known_places(*draft.group));
    std::string problem = unknown;
    const std::string place = "acs_" + std::string(key);
    if (problem.empty() && goes_round(*draft.group, place)) problem = "refers to itself";
    if (problem.empty() && key == "url" && !names.empty()) {
      std::string url;
      draft.group->expand(written.text, 0, url);
      if (const Result<Url> parsed = parse_url(url); !parsed) problem = parsed.error().message();
    }
    if (problem.empty()) continue;
    loading.wrong(written.where, fmt::format("`{}`: {} (group {})", key, problem, draft.group->name));
    return;
  }
}

}  // namespace

void check_places(Loading& loading) {
  for (GroupDraft& draft : loading.groups) {
    if (!draft.group->profile) continue;
    if (const Result<void> prepared = draft.group->prepare(); !prepared) {
      loading.wrong(draft.where, prepared.error().message());
      draft.sound = false;
      continue;
    }
    check_identity(draft, loading);
  }
  check_acs(loading.acs_url, "url", loading);
  check_acs(loading.acs_username, "username", loading);
  check_acs(loading.acs_password, "password", loading);
  check_acs(loading.client_cert, "client_cert", loading);
  check_acs(loading.client_key, "client_key", loading);
  check_acs(loading.client_subject, "client_subject", loading);
}

}  // namespace cpefleet::scenario
