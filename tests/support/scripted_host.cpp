// SPDX-License-Identifier: Apache-2.0
#include "scripted_host.hpp"

#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace cpefleet::test {
namespace {

struct Answers {
  cwmp::CpeResponse operator()(const cwmp::GetRPCMethods&) const {
    return cwmp::GetRPCMethodsResponse{{"GetRPCMethods", "SetParameterValues", "GetParameterValues", "Reboot"}};
  }
  cwmp::CpeResponse operator()(const cwmp::SetParameterValues&) const { return cwmp::SetParameterValuesResponse{0}; }
  cwmp::CpeResponse operator()(const cwmp::GetParameterValues& request) const {
    cwmp::GetParameterValuesResponse out;
    for (const auto& name : request.names) out.values.push_back({name, "v<&>", cwmp::ValueType::string});
    return out;
  }
  cwmp::CpeResponse operator()(const cwmp::GetParameterNames& request) const {
    return cwmp::GetParameterNamesResponse{{{request.path + "Object.", false}, {request.path + "Parameter", true}}};
  }
  cwmp::CpeResponse operator()(const cwmp::SetParameterAttributes&) const {
    return cwmp::SetParameterAttributesResponse{};
  }
  cwmp::CpeResponse operator()(const cwmp::GetParameterAttributes& request) const {
    cwmp::GetParameterAttributesResponse out;
    for (const auto& name : request.names) out.attributes.push_back({name, 1, {"Subscriber"}});
    return out;
  }
  cwmp::CpeResponse operator()(const cwmp::AddObject&) const { return cwmp::AddObjectResponse{3, 0}; }
  cwmp::CpeResponse operator()(const cwmp::DeleteObject&) const { return cwmp::DeleteObjectResponse{1}; }
  cwmp::CpeResponse operator()(const cwmp::Reboot&) const { return cwmp::RebootResponse{}; }
  cwmp::CpeResponse operator()(const cwmp::FactoryReset&) const { return cwmp::FactoryResetResponse{}; }
  cwmp::CpeResponse operator()(const cwmp::ScheduleInform&) const { return cwmp::ScheduleInformResponse{}; }
  cwmp::CpeResponse operator()(const cwmp::Download& request) const {
    if (request.delay_seconds > 0) return cwmp::DownloadResponse{};
    return cwmp::DownloadResponse{0, "2026-11-23T01:02:03Z", "2026-11-23T01:02:05Z"};
  }
  cwmp::CpeResponse operator()(const cwmp::Upload& request) const {
    if (request.delay_seconds > 0) return cwmp::UploadResponse{};
    return cwmp::UploadResponse{0, "2026-11-23T01:02:03Z", "2026-11-23T01:02:05Z"};
  }
  cwmp::CpeResponse operator()(const cwmp::GetQueuedTransfers&) const {
    return cwmp::GetQueuedTransfersResponse{{{"k<&>", cwmp::TransferState::in_progress}}};
  }
  cwmp::CpeResponse operator()(const cwmp::GetAllQueuedTransfers&) const {
    return cwmp::GetAllQueuedTransfersResponse{
        {{"", cwmp::TransferState::completed, true, "1 Firmware Upgrade Image", 7, "f<&>"}}};
  }
  cwmp::CpeResponse operator()(const cwmp::ScheduleDownload&) const { return cwmp::ScheduleDownloadResponse{}; }
  cwmp::CpeResponse operator()(const cwmp::CancelTransfer&) const { return cwmp::CancelTransferResponse{}; }
  cwmp::CpeResponse operator()(const cwmp::UnknownMethod&) const { return cwmp::make_fault(9000); }
  // The session machine answers these itself; 9002 would show that it did not.
  cwmp::CpeResponse operator()(const cwmp::BadArguments&) const { return cwmp::make_fault(9002); }
};

std::optional<cwmp::CpeRequest> own_request(std::string_view text) {
  const auto parts = split(text, '=');
  const std::string of(parts.size() > 1 ? parts[1] : "");
  const std::string start = "2026-11-23T01:02:03Z";
  const std::string complete = "2026-11-23T01:02:05Z";
  if (parts[0] == "GetRPCMethods") return cwmp::CpeGetRPCMethods{};
  if (parts[0] == "TransferComplete") return cwmp::TransferComplete{of, {}, start, complete};
  if (parts[0] == "FailedTransferComplete") {
    return cwmp::TransferComplete{of, {9016, std::string(cwmp::fault_text(9016))}, start, complete};
  }
  if (parts[0] == "AutonomousTransferComplete") {
    return cwmp::AutonomousTransferComplete{
        of, "http://files.example/f", true, "1 Firmware Upgrade Image", 7, "f", {}, start, complete};
  }
  if (parts[0] == "RequestDownload") {
    return cwmp::RequestDownload{"1 Firmware Upgrade Image", {{"Version", of}}};
  }
  return std::nullopt;
}

template <class F>
void for_each_value(const std::multimap<std::string, std::string>& setup, const std::string& key, F f) {
  const auto [begin, end] = setup.equal_range(key);
  for (auto it = begin; it != end; ++it) f(it->second);
}

std::string one(const std::multimap<std::string, std::string>& setup, const std::string& key,
                const std::string& absent) {
  const auto it = setup.find(key);
  return it == setup.end() ? absent : it->second;
}

}  // namespace

ScriptedHost::ScriptedHost(const std::multimap<std::string, std::string>& setup) {
  credentials_ = {one(setup, "username", ""), one(setup, "password", "")};
  inform_.device = {"Grandstream", "000B82", "GXP2170", "000b82aabbcc"};
  inform_.current_time = "2026-11-23T01:02:03Z";
  inform_.retry_count = static_cast<std::uint32_t>(parse_uint(one(setup, "retry_count", "0")).value_or(0));
  const std::string events = one(setup, "events", "1 BOOT");
  for (const std::string_view event : split(events, ',')) {
    const auto parts = split(trim(event), '=');
    inform_.events.push_back({std::string(parts[0]), parts.size() > 1 ? std::string(parts[1]) : ""});
  }
  inform_.parameters = {{"Device.DeviceInfo.SoftwareVersion", "1.0.11.35", cwmp::ValueType::string},
                        {"Device.ManagementServer.ParameterKey", "", cwmp::ValueType::string}};
  const std::string asks = one(setup, "asks", "");
  for (const std::string_view ask : split(asks, ',')) {
    if (auto request = own_request(trim(ask))) asks_.push_back(*std::move(request));
  }
  for_each_value(setup, "fault", [this](const std::string& value) {
    const auto words = split(value, ' ');
    if (words.size() < 2) return;
    cwmp::Fault fault = cwmp::make_fault(static_cast<int>(parse_int(words[1]).value_or(0)));
    for (std::size_t i = 2; i < words.size(); ++i) {
      fault.parameters.push_back({std::string(words[i]), 9005, std::string(cwmp::fault_text(9005))});
    }
    faults_.emplace(words[0], std::move(fault));
  });
}

cwmp::Inform ScriptedHost::inform(cwmp::Version /*version*/) { return inform_; }

cwmp::CpeResponse ScriptedHost::answer(const cwmp::AcsRequest& request) {
  const auto fault = faults_.find(std::string(cwmp::method_name(request)));
  if (fault != faults_.end()) return fault->second;
  return std::visit(Answers{}, request);
}

std::optional<cwmp::CpeRequest> ScriptedHost::next_request() {
  if (asks_.empty()) return std::nullopt;
  return asks_.front();
}

void ScriptedHost::request_answered(const cwmp::CpeRequest& /*request*/, const std::optional<cwmp::Fault>& /*fault*/) {
  asks_.pop_front();
}

}  // namespace cpefleet::test
