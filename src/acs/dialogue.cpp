// SPDX-License-Identifier: Apache-2.0
#include "acs/dialogue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "acs/messages.hpp"
#include "base/text.hpp"

namespace cpefleet::acs {
namespace {

constexpr std::string_view kServer = "ManagementServer.";
constexpr std::string_view kTableEnd = ".VoiceProfile.";
// In the order of Bootstrap::settable_.
constexpr std::array<std::string_view, 4> kSettable{"PeriodicInformEnable", "PeriodicInformInterval",
                                                    "ConnectionRequestUsername", "ConnectionRequestPassword"};

bool is_true(std::string_view text) { return text == "1" || text == "true"; }

// "Device.X.7." under "Device.X."
bool is_instance_of(std::string_view name, std::string_view table) {
  if (!name.starts_with(table) || !name.ends_with('.')) return false;
  name.remove_prefix(table.size());
  return !name.empty() && parse_uint(name.substr(0, name.size() - 1)).has_value();
}

}  // namespace

Bootstrap::Bootstrap(std::string root, Settings settings) : root_(std::move(root)), settings_(std::move(settings)) {}

std::string Bootstrap::next() {
  while (step_ != Step::end) {
    step_ = static_cast<Step>(static_cast<int>(step_) + 1);
    if (std::string request = request_of(step_); !request.empty()) return request;
  }
  return {};
}

std::string Bootstrap::request_of(Step step) const {
  switch (step) {
    case Step::methods: return get_rpc_methods();
    case Step::names: return get_parameter_names(root_);
    case Step::values: return get_parameter_values({root_});
    case Step::set: return set_parameter_values();
    case Step::add: return can_add() ? add_object(table_) : std::string{};
    case Step::remove: return added_ != 0 ? delete_object(table_ + std::to_string(added_) + ".") : std::string{};
    case Step::start:
    case Step::end: break;
  }
  return {};
}

bool Bootstrap::can_add() const { return lists_add_ && !table_.empty() && profiles_ < max_profiles_; }

std::string Bootstrap::set_parameter_values() const {
  SetParameterValuesWriter writer;
  const auto add = [&](std::size_t which, std::string_view type, std::string_view value) {
    // One parameter the device does not have would fault the whole call (P-21).
    if (names_known_ && !settable_[which]) return;
    writer.add(root_ + std::string{kServer} + std::string{kSettable[which]}, type, value);
  };
  add(0, "xsd:boolean", "1");
  add(1, "xsd:unsignedInt", std::to_string(settings_.inform_interval));
  add(2, "xsd:string", settings_.username);
  add(3, "xsd:string", settings_.password);
  return writer.empty() ? std::string{} : writer.body();
}

Answer Bootstrap::take(const xml::Element& message) {
  const std::string_view name = message.local_name();
  if (name == "Fault") return Answer::fault;
  switch (step_) {
    case Step::methods: return name == "GetRPCMethodsResponse" ? take_methods(message) : Answer::unexpected;
    case Step::names: return name == "GetParameterNamesResponse" ? take_names(message) : Answer::unexpected;
    case Step::values: return name == "GetParameterValuesResponse" ? take_values(message) : Answer::unexpected;
    case Step::set: return name == "SetParameterValuesResponse" ? Answer::good : Answer::unexpected;
    case Step::add: return name == "AddObjectResponse" ? take_instance(message) : Answer::unexpected;
    case Step::remove: return name == "DeleteObjectResponse" ? Answer::good : Answer::unexpected;
    case Step::start:
    case Step::end: break;
  }
  return Answer::unexpected;
}

Answer Bootstrap::take_methods(const xml::Element& message) {
  bool adds = false;
  bool deletes = false;
  for (auto method = message.child("MethodList").first_child(); method; method = method.next_sibling()) {
    const std::string_view name = trim(method.text());
    adds |= name == "AddObject";
    deletes |= name == "DeleteObject";
  }
  lists_add_ = adds && deletes;
  return Answer::good;
}

Answer Bootstrap::take_names(const xml::Element& message) {
  names_known_ = true;
  for (auto info = message.child("ParameterList").first_child(); info; info = info.next_sibling()) {
    take_name(trim(info.child("Name").text()), is_true(trim(info.child("Writable").text())));
  }
  return Answer::good;
}

void Bootstrap::take_name(std::string_view name, bool writable) {
  if (name.ends_with('.')) {
    if (table_.empty() && writable && name.ends_with(kTableEnd)) table_ = name;
    if (!table_.empty() && is_instance_of(name, table_)) ++profiles_;
    return;
  }
  if (parameters_ != std::numeric_limits<std::uint32_t>::max()) ++parameters_;
  if (!writable || !name.starts_with(root_)) return;
  name.remove_prefix(root_.size());
  if (std::ranges::find(settings_.look_for, name) != settings_.look_for.end()) writable_.emplace_back(name);
  if (!name.starts_with(kServer)) return;
  name.remove_prefix(kServer.size());
  for (std::size_t i = 0; i < kSettable.size(); ++i) settable_[i] |= name == kSettable[i];
}

Answer Bootstrap::take_values(const xml::Element& message) {
  if (table_.empty()) return Answer::good;
  const std::string_view service = std::string_view{table_}.substr(0, table_.size() - kTableEnd.size() + 1);
  const std::string limit = std::string{service} + "Capabilities.MaxProfileCount";
  for (auto value = message.child("ParameterList").first_child(); value; value = value.next_sibling()) {
    if (value.child("Name").text() != limit) continue;
    if (const auto count = parse_uint(trim(value.child("Value").text()))) max_profiles_ = *count;
    break;
  }
  return Answer::good;
}

Answer Bootstrap::take_instance(const xml::Element& message) {
  const auto instance = parse_uint(trim(message.child("InstanceNumber").text()));
  if (!instance || *instance == 0) return Answer::fault;
  added_ = *instance;
  return Answer::good;
}

}  // namespace cpefleet::acs
