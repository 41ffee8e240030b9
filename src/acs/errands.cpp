// SPDX-License-Identifier: Apache-2.0
#include "acs/errands.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

#include "acs/messages.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"

namespace cpefleet::acs {
namespace {

using Kind = Errand::Kind;

constexpr std::string_view kParameterKey = "ManagementServer.ParameterKey";
// Nothing that would change how often a device comes, or by which door.
constexpr std::array<std::string_view, 5> kParameters{"DeviceInfo.ProvisioningCode", "Time.NTPServer1",
                                                      "Time.NTPServer2", "ManagementServer.STUNUsername",
                                                      "ManagementServer.ConnectionRequestUsername"};
// What configuration files set, and no SetParameterValues; all of the vendor's models have it.
constexpr std::string_view kByFile = kParameters.back();
constexpr std::string_view kSettingByFile = "P4511";
constexpr std::uint64_t kLongestDownloadDelay = 2;  // seconds
constexpr std::uint64_t kLongestHold = 400;         // ms, of the file server
constexpr std::uint64_t kMostInSession = 3;
constexpr std::uint64_t kLongestDelay = 3;  // seconds

// Of a hundred errands.
constexpr std::array<std::pair<Kind, std::uint64_t>, 8> kMix{{{Kind::set_values, 28},
                                                              {Kind::download, 10},
                                                              {Kind::set_notification, 14},
                                                              {Kind::add_row, 10},
                                                              {Kind::delete_row, 12},
                                                              {Kind::schedule_inform, 14},
                                                              {Kind::reboot, 9},
                                                              {Kind::factory_reset, 3}}};

Kind kind_of(std::uint64_t bits) {
  std::uint64_t at = below(bits, 100);
  for (const auto& [kind, share] : kMix) {
    if (at < share) return kind;
    at -= share;
  }
  return Kind::set_values;
}

std::uint64_t seconds_of(Duration delay) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(delay).count());
}

bool is_restart(Kind kind) { return kind == Kind::reboot || kind == Kind::factory_reset; }

std::string_view method_of(Kind kind) {
  switch (kind) {
    case Kind::set_values: return "SetParameterValues";
    case Kind::set_notification: return "SetParameterAttributes";
    case Kind::add_row: return "AddObject";
    case Kind::delete_row: return "DeleteObject";
    case Kind::schedule_inform: return "ScheduleInform";
    case Kind::reboot: return "Reboot";
    case Kind::factory_reset: return "FactoryReset";
    case Kind::download: return "Download";
  }
  return {};
}

bool is_response_to(std::string_view name, std::string_view method) {
  return name.starts_with(method) && name.substr(method.size()) == "Response";
}

}  // namespace

std::span<const std::string_view> errand_parameters() { return kParameters; }

Equipment equipment_of(const Bootstrap& bootstrap) {
  Equipment out;
  out.root = bootstrap.root();
  for (const std::string& name : bootstrap.writable()) {
    if (name == kByFile) {
      out.by_file = out.root + name;
    } else {
      out.settable.push_back(out.root + name);
    }
  }
  out.table = bootstrap.table();
  return out;
}

std::string Errands::next() {
  while (step_ < Step::errands) {
    step_ = static_cast<Step>(static_cast<int>(step_) + 1);
    if (std::string request = request_of(step_); !request.empty()) return request;
  }
  return step_ == Step::errands ? errand() : std::string{};
}

std::string Errands::request_of(Step step) {
  if (step == Step::values) {
    const auto names = ledger_.values_to_read();
    return names.empty() ? std::string{} : get_parameter_values(names);
  }
  if (step == Step::notifications) {
    const auto names = ledger_.notifications_to_read();
    return names.empty() ? std::string{} : get_parameter_attributes(names);
  }
  if (step == Step::rows) {
    const std::string& table = ledger_.equipment().table;
    return table.empty() ? std::string{} : get_parameter_names(table, true);
  }
  if (step == Step::errands) {
    ledger_.check(reading_);
    left_ = 1 + below(mix64(random_ ^ ledger_.next_number()), kMostInSession);
  }
  return {};
}

std::string Errands::errand() {
  if (left_ == 0) return {};
  const std::uint64_t number = ledger_.next_number();
  const std::uint64_t bits = mix64(random_ ^ number);
  Errand errand;
  errand.kind = kind_of(bits);
  errand.key = "errand-" + std::to_string(number);
  if (!equip(errand, mix64(bits), number)) {
    errand.kind = Kind::schedule_inform;
    (void)equip(errand, mix64(bits), number);
  }
  left_ = is_restart(errand.kind) ? 0 : left_ - 1;
  std::string request = request_for(errand);
  ledger_.ask(std::move(errand));
  return request;
}

bool Errands::equip(Errand& errand, std::uint64_t bits, std::uint64_t number) const {
  const Equipment& has = ledger_.equipment();
  const auto rows = ledger_.rows();
  const auto any = [bits](const auto& list) { return list[static_cast<std::size_t>(below(bits, list.size()))]; };
  const auto with_key = [&] { errand.values.emplace_back(has.root + std::string{kParameterKey}, errand.key); };
  switch (errand.kind) {
    case Kind::set_values:
      if (has.settable.empty()) return false;
      // Numbers are never used again, so that an old value is told from a new one.
      errand.values.emplace_back(any(has.settable), "value-" + std::to_string(number));
      with_key();
      return true;
    case Kind::set_notification:
      if (has.settable.empty()) return false;
      errand.notification = {any(has.settable), std::to_string(below(mix64(bits), 3))};
      return true;
    case Kind::add_row:
      if (!ledger_.has_room()) return false;
      with_key();
      return true;
    case Kind::delete_row:
      if (rows.size() < 2) return false;
      errand.row = any(rows);
      with_key();
      return true;
    case Kind::schedule_inform: errand.delay = std::chrono::seconds{1 + below(bits, kLongestDelay)}; return true;
    case Kind::download:
      if (has.by_file.empty() || files_.origin.empty() || ledger_.awaits_download()) return false;
      errand.brings = {has.by_file, "user-" + std::to_string(number)};
      errand.delay = std::chrono::seconds{below(bits, kLongestDownloadDelay + 1)};
      return true;
    case Kind::reboot: return true;
    case Kind::factory_reset: return !ledger_.awaits_download();  // it would come to a device that knows of nothing
  }
  return true;
}

std::string Errands::request_for(const Errand& errand) const {
  const std::string& table = ledger_.equipment().table;
  switch (errand.kind) {
    case Kind::set_values: {
      SetParameterValuesWriter writer;
      writer.add(errand.values.front().first, "xsd:string", errand.values.front().second);
      return writer.body(errand.key);
    }
    case Kind::set_notification: return set_notification(errand.notification.first, errand.notification.second);
    case Kind::add_row: return add_object(table, errand.key);
    case Kind::delete_row: return delete_object(table + std::to_string(errand.row) + ".", errand.key);
    case Kind::schedule_inform: return schedule_inform(seconds_of(errand.delay), errand.key);
    case Kind::reboot: return reboot(errand.key);
    case Kind::factory_reset: return empty_message("FactoryReset");
    case Kind::download: {
      TransferRequest request;
      request.command_key = errand.key;
      request.file_type = "3 Vendor Configuration File";
      request.url = fmt::format("{}/files/config/errand.xml?{}={}&wait={}ms", files_.origin, kSettingByFile,
                                errand.brings.second, below(mix64(random_ ^ ledger_.numbers()), kLongestHold));
      request.username = files_.username;
      request.password = files_.password;
      request.delay_seconds = seconds_of(errand.delay);
      return download(request);
    }
  }
  return {};
}

// --- answers -------------------------------------------------------------------------------------------------------

Answer Errands::take(const xml::Element& message, TimePoint now) {
  if (step_ == Step::errands) return take_errand(message, now);
  const auto reads = [&](std::string_view method, Answer (Errands::*reader)(const xml::Element&)) {
    if (message.local_name() == "Fault") {
      ledger_.unreadable(method);
      step_ = Step::end;
      return Answer::fault;
    }
    return is_response_to(message.local_name(), method) ? (this->*reader)(message) : Answer::unexpected;
  };
  switch (step_) {
    case Step::values: return reads("GetParameterValues", &Errands::take_values);
    case Step::notifications: return reads("GetParameterAttributes", &Errands::take_notifications);
    case Step::rows: return reads("GetParameterNames", &Errands::take_rows);
    case Step::start:
    case Step::errands:
    case Step::end: break;
  }
  return Answer::unexpected;
}

Answer Errands::take_values(const xml::Element& message) {
  for (auto value = message.child("ParameterList").first_child(); value; value = value.next_sibling()) {
    reading_.values[std::string{trim(value.child("Name").text())}] = value.child("Value").text();
  }
  return Answer::good;
}

Answer Errands::take_notifications(const xml::Element& message) {
  for (auto entry = message.child("ParameterList").first_child(); entry; entry = entry.next_sibling()) {
    reading_.notifications[std::string{trim(entry.child("Name").text())}] = trim(entry.child("Notification").text());
  }
  return Answer::good;
}

Answer Errands::take_rows(const xml::Element& message) {
  const std::string& table = ledger_.equipment().table;
  reading_.rows.emplace();
  for (auto info = message.child("ParameterList").first_child(); info; info = info.next_sibling()) {
    std::string_view name = trim(info.child("Name").text());
    if (!name.starts_with(table) || !name.ends_with('.')) continue;
    name.remove_prefix(table.size());
    if (name.empty()) continue;
    if (const auto row = parse_uint(name.substr(0, name.size() - 1))) reading_.rows->insert(*row);
  }
  return Answer::good;
}

Answer Errands::take_errand(const xml::Element& message, TimePoint now) {
  const auto& asked = ledger_.asked();
  if (!asked) return Answer::unexpected;
  if (message.local_name() == "Fault") {
    ledger_.refused();
    return Answer::fault;
  }
  if (!is_response_to(message.local_name(), method_of(asked->kind))) return Answer::unexpected;
  const std::string key = asked->key;
  const bool download_done = asked->kind == Kind::download && trim(message.child("Status").text()) == "0";
  std::uint64_t instance = 0;
  if (asked->kind == Kind::add_row) {
    const auto number = parse_uint(trim(message.child("InstanceNumber").text()));
    if (!number || *number == 0) {  // what was added shows in the next reading
      left_ = 0;
      return Answer::fault;
    }
    instance = *number;
  }
  ledger_.confirmed(instance, now);
  if (download_done) ledger_.transferred(key, 0);
  return Answer::good;
}

}  // namespace cpefleet::acs
