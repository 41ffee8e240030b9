// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

using Do = Doing::What;

[[nodiscard]] std::vector<std::uint32_t> all_groups(const Loading& loading) {
  std::vector<std::uint32_t> all;
  for (const GroupDraft& draft : loading.groups) all.push_back(draft.group->number);
  return all;
}

// `all`, a group, or a list of groups.
[[nodiscard]] std::vector<std::uint32_t> read_select(yaml::MapReader& reader, Loading& loading) {
  if (!reader.has("select")) return all_groups(loading);
  const auto words = reader.optional_texts("select");
  const auto names = loading.group_names();
  std::vector<std::uint32_t> groups;
  for (const yaml::Node* word : words) {
    if (word->text() == "all") return all_groups(loading);
    const auto found = std::find(names.begin(), names.end(), word->text());
    if (found == names.end()) {
      loading.wrong(word->where(),
                    fmt::format("there is no group `{}`{}", word->text(), did_you_mean(word->text(), names)));
      continue;
    }
    groups.push_back(static_cast<std::uint32_t>(found - names.begin()));
  }
  if (words.empty() && loading.diagnostics.empty()) reader.wrong("select", "selects no group");
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

void read_do(yaml::MapReader& reader, Phase& phase, Loading& loading) {
  const yaml::Node* node = reader.optional("do");
  if (node == nullptr) return;
  if (node->is_map()) {
    phase.doing = read_doing(*node, phase.groups, loading);
    return;
  }
  constexpr std::array kMeanings = {Do::boot, Do::periodic, Do::offline};
  if (const auto word = reader.optional_choice("do", kDoWords)) phase.doing.what = kMeanings[*word];
}

// `{ metric: backlog, lt: 1% }`
[[nodiscard]] std::optional<Until> read_until(const yaml::Node& node, Loading& loading) {
  yaml::MapReader reader(node, "`until`", loading.diagnostics, keys_of("until"));
  const std::string name = reader.required_string("metric");
  constexpr std::array<std::string_view, 4> kGauges = {"backlog", "in_flight", "files_under_way", "devices_offline"};
  std::optional<metrics::Id> metric;
  if (std::find(kGauges.begin(), kGauges.end(), name) != kGauges.end()) metric = metrics::find_metric(name);
  if (!metric && !name.empty()) {
    reader.wrong("metric", fmt::format("`{}` is nothing to wait for{}", name, did_you_mean(name, kGauges)));
  }
  constexpr std::array<std::string_view, 6> kSigns = {"<", "<=", "==", "!=", ">=", ">"};
  std::optional<Until> until;
  int comparisons = 0;
  for (std::size_t i = 0; i < kCompareWords.size(); ++i) {
    const auto bound = reader.optional_string(kCompareWords[i]);
    comparisons += reader.has(kCompareWords[i]) ? 1 : 0;
    if (!bound) continue;
    const std::string_view stat = bound->find('%') == std::string::npos ? "count" : "share";
    const auto condition = metrics::parse_condition(fmt::format("{} {} {}", stat, kSigns[i], *bound),
                                                    metric.value_or(metrics::Id::backlog));
    if (!condition) {
      reader.wrong(kCompareWords[i], condition.error().message());
    } else if (metric) {
      until = Until{*metric, *condition};
    }
  }
  if (comparisons != 1 && node.is_map()) {
    loading.wrong(node.where(), fmt::format("`until` needs exactly one of {}", fmt::join(kCompareWords, ", ")));
  }
  reader.finish();
  return until;
}

[[nodiscard]] std::optional<Duration> read_length(yaml::MapReader& reader, std::string_view key) {
  const auto length = reader.optional_duration(key);
  if (length && *length <= Duration{}) reader.wrong(key, "must be longer than 0");
  return length;
}

// When the phase begins: after the one before, `at` a time, or `with` an earlier one.
void read_begin(yaml::MapReader& reader, Phase& phase, Loading& loading) {
  phase.at = reader.optional_duration("at");
  const auto with = reader.optional_string("with");
  if (!with) return;
  if (phase.at) reader.wrong("with", "stands instead of `at`, not beside it");
  const auto names = loading.phase_names();
  const auto found = std::find(names.begin(), names.end(), *with);
  if (*with == phase.name) {
    reader.wrong("with", "a phase cannot start together with itself");
  } else if (found == names.end()) {
    reader.wrong("with", fmt::format("there is no phase `{}`{}", *with, did_you_mean(*with, names)));
  } else if (static_cast<std::size_t>(found - names.begin()) >= loading.plan.phases.size()) {
    reader.wrong("with", fmt::format("`{}` is a later phase, this one could never start; say it there", *with));
  } else {
    phase.with = static_cast<std::uint32_t>(found - names.begin());
  }
}

// What the keys mean together. Asks for what is written, so that a value that was wrong in itself is not missed again.
void check_shape(yaml::MapReader& reader, const Phase& phase) {
  const bool has_length = reader.has("for");
  const bool has_until = reader.has("until");
  if (has_length && has_until) reader.wrong("until", "stands instead of `for`, not beside it");
  if (has_until && !reader.has("max")) reader.wrong("until", "needs `max`: how long to wait at most");
  if (reader.has("max") && !has_until)
    reader.wrong("max", "says how long `until` waits at most, and there is no `until`");

  const bool starts = phase.doing.what != Do::nothing && phase.doing.what != Do::offline;
  if (starts && !reader.has("arrivals")) reader.wrong("do", "needs `arrivals`: when do the devices do it?");
  if (!starts && reader.has("arrivals") && phase.doing.what == Do::offline) {
    reader.wrong("arrivals", "a phase that takes devices off-line has none: all go at once");
  }
  if (!starts && reader.has("arrivals") && !reader.has("do")) reader.wrong("arrivals", "of what? there is no `do`");
  if (has_length || has_until) return;
  if (phase.arrivals && std::holds_alternative<load::Constant>(*phase.arrivals)) {
    reader.wrong("arrivals", "a constant rate goes on for ever: give the phase a `for`");
  }
  if (phase.doing.what == Do::offline) reader.wrong("do", "for how long? give the phase a `for`");
  if (!reader.has("do") && !reader.has("arrivals")) {
    reader.diagnostics().add(reader.where(), "a phase without `do` needs `for` or `until`");
  }
}

void read_phase(const yaml::Node& node, Loading& loading) {
  Phase phase;
  yaml::MapReader reader(node, "a phase", loading.diagnostics, keys_of("phase"));
  phase.name = reader.required_string("name");
  const auto names = loading.phase_names();
  const auto number = static_cast<std::ptrdiff_t>(loading.plan.phases.size());
  if (!phase.name.empty() && !is_plain_name(phase.name)) {
    reader.wrong("name", "a name is made of letters, digits, `_`, `-` and `.`");
  } else if (!phase.name.empty() &&
             std::find(names.begin(), names.begin() + number, phase.name) != names.begin() + number) {
    reader.wrong("name", fmt::format("there is a phase `{}` already", phase.name));
  }
  phase.groups = read_select(reader, loading);
  read_do(reader, phase, loading);
  if (const yaml::Node* arrivals = reader.optional("arrivals")) phase.arrivals = read_arrivals(*arrivals, loading);
  phase.length = read_length(reader, "for");
  if (const yaml::Node* until = reader.optional("until")) phase.until = read_until(*until, loading);
  phase.max = read_length(reader, "max");
  read_begin(reader, phase, loading);
  phase.measured = reader.optional_bool("measured").value_or(true);
  reader.finish();
  if (reader.is_map()) check_shape(reader, phase);
  loading.plan.phases.push_back(std::move(phase));
}

}  // namespace

void read_phases(const yaml::Node& node, Loading& loading) {
  if (!node.is_sequence() || node.size() == 0) {
    loading.wrong(node.where(), "`phases` must be a list of phases, at least one");
    return;
  }
  // All names first: `with` may name what comes later, to be told that it cannot.
  for (const yaml::Node& item : node.items()) {
    const yaml::Node* name = item.find("name");
    loading.phases_named.push_back(name == nullptr ? std::string() : name->text());
  }
  for (const yaml::Node& item : node.items()) read_phase(item, loading);
}

}  // namespace cpefleet::scenario
