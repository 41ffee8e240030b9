// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "xml/document.hpp"

namespace cpefleet::acs {

// What was made of a CPE's answer.
enum class Answer : std::uint8_t {
  good,
  fault,       // a SOAP fault, or an answer nothing can be done with
  unexpected,  // not the answer to the last request
};

// What the ACS does with a device it meets for the first time. A fault in a step is counted and the next step goes on:
//
//   GetRPCMethods → GetParameterNames(root) → GetParameterValues(root) → SetParameterValues(ManagementServer)
//     → AddObject(VoiceProfile.) → DeleteObject of what was added → end
//
// AddObject only where the device lists the method, the table is writable and MaxProfileCount leaves room; the device
// ends with the instances it had. Lives as long as the session.
class Bootstrap {
 public:
  struct Settings {
    std::string username;  // of connection requests
    std::string password;
    std::uint32_t inform_interval = 300;
    std::span<const std::string_view> look_for;  // names under the root, for writable(); outlives the dialogue
  };
  Bootstrap(std::string root, Settings settings);

  // Body of the next request; "" when there is none left. Each is sent once.
  [[nodiscard]] std::string next();

  [[nodiscard]] Answer take(const xml::Element& message);

  [[nodiscard]] std::uint32_t parameters() const { return parameters_; }
  [[nodiscard]] const std::string& root() const { return root_; }
  // Of the names looked for, those the device lists as writable.
  [[nodiscard]] const std::vector<std::string>& writable() const { return writable_; }
  // The table of voice profiles; "" where rows can be neither added nor deleted.
  [[nodiscard]] std::string table() const { return lists_add_ ? table_ : std::string{}; }
  // The instance number AddObject gave, 0 for none.
  [[nodiscard]] std::uint64_t added() const { return added_; }

 private:
  enum class Step : std::uint8_t { start, methods, names, values, set, add, remove, end };
  [[nodiscard]] std::string request_of(Step step) const;
  [[nodiscard]] std::string set_parameter_values() const;
  [[nodiscard]] bool can_add() const;
  Answer take_methods(const xml::Element& message);
  Answer take_names(const xml::Element& message);
  void take_name(std::string_view name, bool writable);
  Answer take_values(const xml::Element& message);
  Answer take_instance(const xml::Element& message);

  std::string root_;
  Settings settings_;
  Step step_ = Step::start;
  bool lists_add_ = true;  // until GetRPCMethods says otherwise
  bool names_known_ = false;
  std::array<bool, 4> settable_{};
  std::vector<std::string> writable_;
  std::uint32_t parameters_ = 0;
  std::string table_;  // the first writable VoiceProfile table
  std::uint64_t profiles_ = 0;
  std::uint64_t max_profiles_ = UINT64_MAX;
  std::uint64_t added_ = 0;  // instance number
};

}  // namespace cpefleet::acs
