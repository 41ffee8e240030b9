// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "datamodel/model.hpp"
#include "profile/profile.hpp"

namespace cpefleet::provision {

// One setting of a file (a P-value or a name of version 2) on one device: where it stands in the data model, and its
// value on both sides. Lives as long as a call; borrows all.
class Setting {
 public:
  Setting(const profile::Profile& profile, const profile::PValue& definition, const datamodel::Model& model);

  using Values = std::vector<std::pair<datamodel::Key, std::string>>;

  // Whether any parameter of this device is behind it.
  [[nodiscard]] bool has_place() const { return !keys_.empty(); }
  [[nodiscard]] const std::vector<datamodel::Key>& keys() const { return keys_; }
  // Whether it reads as empty in CWMP.
  [[nodiscard]] bool hidden() const;
  // What a file of this form says of the device as it is; of secrets too. has_place() only.
  [[nodiscard]] std::string text(profile::ConfigForm form) const;
  // What a file's text means for each parameter, or why it cannot be.
  [[nodiscard]] Result<Values> meaning(std::string_view text) const;
  // Whether the device has these values already, where it decides what text() is.
  [[nodiscard]] bool holds(const Values& values) const;

 private:
  [[nodiscard]] std::optional<datamodel::Key> first(bool number) const;
  [[nodiscard]] bool is_number(const datamodel::Key& key) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>* table(const datamodel::Key& key) const;
  [[nodiscard]] std::string encode(const datamodel::Key& key, profile::ConfigForm form) const;
  [[nodiscard]] std::string decode(const datamodel::Key& key, std::string_view text) const;

  const profile::Profile& profile_;
  const profile::PValue& definition_;
  const datamodel::Model& model_;
  std::vector<datamodel::Key> keys_;
};

}  // namespace cpefleet::provision
