// SPDX-License-Identifier: Apache-2.0
#include "provision/apply.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>
#include <utility>

#include "provision/setting.hpp"

namespace cpefleet::provision {
namespace {

using datamodel::Key;

const profile::PValue* find_setting(const profile::Profile& profile, std::string_view key) {
  const auto pvalue = profile.pvalues.find(key);
  if (pvalue != profile.pvalues.end()) return &pvalue->second;
  const auto name = profile.config.names.find(key);
  return name == profile.config.names.end() ? nullptr : &name->second;
}

// What the file says in the end: of two settings for one parameter the later one counts.
class Plan {
 public:
  void set(const Key& key, std::string value) {
    forget(key);
    values_.emplace_back(key, std::move(value));
  }
  void forget(const Key& key) {
    std::erase_if(values_, [&](const auto& value) { return value.first == key; });
  }
  [[nodiscard]] const Setting::Values& values() const { return values_; }

 private:
  Setting::Values values_;
};

void list(std::vector<std::string>& out, std::string text) {
  if (out.size() < kMaxListed) out.push_back(std::move(text));
}

void plan_entry(const Entry& entry, const profile::Profile& profile, const datamodel::Model& model, Plan& plan,
                Applied& out) {
  const auto* definition = find_setting(profile, entry.key);
  if (!definition) {
    ++out.unknown;
    return list(out.unknown_keys, entry.key);
  }
  const Setting setting(profile, *definition, model);
  if (!setting.has_place()) return out.elsewhere.push_back(entry);
  const auto values = setting.meaning(entry.value);
  const bool same = values ? setting.holds(*values)
                           : entry.value == setting.text(profile::ConfigForm::xml1) ||
                                 entry.value == setting.text(profile::ConfigForm::xml2);
  if (same) {
    ++out.unchanged;
    for (const auto& key : setting.keys()) plan.forget(key);
  } else if (!values) {
    ++out.refused;
    const auto where = entry.line == 0 ? std::string() : fmt::format(" in line {}", entry.line);
    list(out.refused_why, fmt::format("{}{}: {}", entry.key, where, values.error().message()));
  } else {
    for (const auto& [key, value] : *values) plan.set(key, value);
  }
}

}  // namespace

bool Applied::has_changed(std::string_view path) const {
  return std::find(changed.begin(), changed.end(), path) != changed.end();
}

Result<Applied> apply(const ConfigFile& file, const profile::Profile& profile, datamodel::Model& model,
                      std::string_view mac) {
  if (!file.mac.empty() && file.mac != plain_mac(mac))
    return failure(fmt::format("a configuration file for {}, and the device is {}", file.mac, plain_mac(mac)));
  std::unordered_map<std::string_view, const Entry*> last;
  for (const auto& entry : file.entries) last[entry.key] = &entry;

  // Everything is read before anything is written: a model reads slowly right behind a write.
  Applied out;
  Plan plan;
  for (const auto& entry : file.entries) {
    if (last[entry.key] == &entry) plan_entry(entry, profile, model, plan, out);
  }
  for (const auto& [key, value] : plan.values()) {
    if (model.stored_value(key) == value) continue;
    out.notification = std::max(out.notification, model.change(key, value));
    out.changed.emplace_back();
    model.append_path({key, false}, out.changed.back());
  }
  return out;
}

}  // namespace cpefleet::provision
