// SPDX-License-Identifier: Apache-2.0
#include "remembering_cpe.hpp"

#include <algorithm>

namespace cpefleet::acs::test {
namespace {

const std::string kTable = "Device.Services.VoiceService.1.VoiceProfile.";
const std::string kKey = "Device.ManagementServer.ParameterKey";
const std::string kByFile = "Device.ManagementServer.ConnectionRequestUsername";

std::vector<std::string> strings(std::string_view body) {
  std::vector<std::string> out;
  for (auto at = body.find("<string>"); at != std::string_view::npos; at = body.find("<string>", at + 1)) {
    out.push_back(between(body.substr(at), "string"));
  }
  return out;
}

std::string name_entry(const std::string& name) {
  return "<ParameterInfoStruct><Name>" + name + "</Name><Writable>1</Writable></ParameterInfoStruct>";
}

}  // namespace

void RememberingCpe::factory() {
  values_ = {{kKey, ""}, {"Device.Time.NTPServer1", "pool"}, {"Device.Time.NTPServer2", ""}, {kByFile, ""}};
  notifications_.clear();
  rows_ = {1, 2};
  next_row_ = 3;
  scheduled_.clear();
  events_ = {"0 BOOTSTRAP", "1 BOOT"};
}

bool RememberingCpe::session() {
  line.now += std::chrono::seconds{1};
  ++line.connection;
  Reply reply = line.inform(due_events());
  if (reply.status != 200) return false;
  events_.clear();
  if (!tell_downloads()) {
    line.core.connection_closed(line.connection);
    end_session();
    return false;
  }
  reply = line.post("");
  while (reply.status == 200) {
    const std::string method = method_of(reply);
    const Fate what = fate(method);
    std::string answer;
    if (what != Fate::not_done) answer = carry_out(method, reply.body, what == Fate::answered);
    if (what != Fate::answered) {
      line.core.connection_closed(line.connection);
      end_session();
      return false;
    }
    reply = line.respond(answer);
  }
  end_session();
  return reply.status == 204;
}

// What is due was fetched: values are as the files have them, and the ACS is told.
bool RememberingCpe::tell_downloads() {
  if (lapse == Lapse::download_forgotten) downloads_.clear();
  for (auto it = downloads_.begin(); it != downloads_.end();) {
    if (it->due > line.now) {
      ++it;
      continue;
    }
    if (lapse != Lapse::download_lost) values_[kByFile] = it->value;
    if (fate("fetching") != Fate::answered) return false;  // there, and not told: told with the next
    if (lapse == Lapse::download_of_another_key) it->key = "another";
    const auto reply = line.post(envelope(0, "t",
                                          "<c:TransferComplete><CommandKey>" + it->key +
                                              "</CommandKey><FaultStruct><FaultCode>0</FaultCode><FaultString>"
                                              "</FaultString></FaultStruct></c:TransferComplete>"));
    if (method_of(reply) != "TransferCompleteResponse") return false;
    // Where the response is lost it is told again.
    if (fate("TransferComplete") != Fate::answered) return false;
    it = downloads_.erase(it);
  }
  return true;
}

std::vector<std::string> RememberingCpe::due_events() {
  std::erase_if(scheduled_, [&](const auto& command) {
    if (command.second > line.now) return false;
    if (lapse != Lapse::scheduled_inform_lost) events_.push_back("M ScheduleInform|" + command.first);
    return true;
  });
  std::vector<std::string> out = events_;
  if (lapse == Lapse::bootstrap_again) out.insert(out.begin(), "0 BOOTSTRAP");
  if (out.empty()) out.emplace_back("2 PERIODIC");
  return out;
}

void RememberingCpe::end_session() {
  if (reset_ && lapse != Lapse::reset_ignored) {
    factory();
    reboot_.reset();
  }
  reset_ = false;
  if (!reboot_) return;
  if (lapse != Lapse::boot_untold) events_.emplace_back("1 BOOT");
  if (lapse != Lapse::reboot_untold) events_.push_back("M Reboot|" + *reboot_);
  reboot_.reset();
}

std::string RememberingCpe::carry_out(std::string_view method, const std::string& body, bool heard) {
  if (method == "GetRPCMethods") return rpc_methods();
  if (method == "GetParameterNames") return names(between(body, "ParameterPath"));
  if (method == "GetParameterValues") {
    if (strings(body).front() == "Device.") return parameter_values();
    return lapse == Lapse::faults_reading ? cpe_fault(9002) : told_values(body);
  }
  if (method == "GetParameterAttributes") return told_notifications(body);
  const bool sets_key = lapse != Lapse::key_lost && (heard || lapse != Lapse::half_of_a_request);
  if (body.find("<ParameterKey>") != std::string::npos && sets_key) values_[kKey] = between(body, "ParameterKey");
  if (method == "SetParameterValues") {
    const auto found = values_.find(between(body, "Name"));  // what the bootstrap sets is nothing errands ask for
    if (found != values_.end() && lapse != Lapse::value_lost) found->second = between(body, "Value");
  } else if (method == "SetParameterAttributes") {
    if (lapse != Lapse::notification_lost) notifications_[between(body, "Name")] = between(body, "Notification>");
  } else if (method == "AddObject") {
    return add_row();
  } else if (method == "DeleteObject") {
    const std::string name = between(body, "ObjectName");
    const int row = std::stoi(name.substr(kTable.size()));
    if (lapse != Lapse::deleted_row_back) rows_.erase(row);
  } else if (method == "Reboot") {
    reboot_ = between(body, "CommandKey");
  } else if (method == "FactoryReset") {
    reset_ = true;
  } else if (method == "ScheduleInform") {
    const auto delay = std::chrono::seconds{std::stoi(between(body, "DelaySeconds"))};
    scheduled_.emplace_back(between(body, "CommandKey"), line.now + delay);
  } else if (method == "Download") {
    const auto delay = std::chrono::seconds{std::stoi(between(body, "DelaySeconds"))};
    const auto url = between(body, "URL");
    const auto value = url.substr(url.find("P4511=") + 6);
    downloads_.push_back({between(body, "CommandKey"), value.substr(0, value.find('&')), line.now + delay});
    return "<c:DownloadResponse><Status>1</Status></c:DownloadResponse>";
  } else {
    return cpe_fault(9000);
  }
  return "<c:" + std::string{method} + "Response></c:" + std::string{method} + "Response>";
}

std::string RememberingCpe::add_row() {
  int row = next_row_++;
  if (lapse == Lapse::number_reused) {
    row = 1;
    while (rows_.contains(row)) ++row;
  }
  if (lapse != Lapse::added_row_gone) rows_.insert(row);
  return "<c:AddObjectResponse><InstanceNumber>" + std::to_string(row) +
         "</InstanceNumber><Status>0</Status></c:AddObjectResponse>";
}

std::string RememberingCpe::names(std::string_view path) const {
  std::string list = name_entry(kTable);
  if (path == "Device.") {
    for (const auto& [name, value] : values_) list += name_entry(name);
  }
  for (const int row : rows_) list += name_entry(kTable + std::to_string(row) + ".");
  return "<c:GetParameterNamesResponse><ParameterList>" + list + "</ParameterList></c:GetParameterNamesResponse>";
}

std::string RememberingCpe::told_values(const std::string& body) const {
  std::string list;
  for (const std::string& name : strings(body)) {
    const auto found = values_.find(name);
    if (found == values_.end()) return cpe_fault(9005);
    list += "<ParameterValueStruct><Name>" + name + R"(</Name><Value xsi:type="xsd:string">)" + found->second +
            "</Value></ParameterValueStruct>";
  }
  return "<c:GetParameterValuesResponse><ParameterList>" + list + "</ParameterList></c:GetParameterValuesResponse>";
}

std::string RememberingCpe::told_notifications(const std::string& body) const {
  std::string list;
  for (const std::string& name : strings(body)) {
    const auto found = notifications_.find(name);
    list += "<ParameterAttributeStruct><Name>" + name + "</Name><Notification>" +
            (found == notifications_.end() ? "0" : found->second) +
            "</Notification><AccessList></AccessList></ParameterAttributeStruct>";
  }
  return "<c:GetParameterAttributesResponse><ParameterList>" + list +
         "</ParameterList></c:GetParameterAttributesResponse>";
}

}  // namespace cpefleet::acs::test
