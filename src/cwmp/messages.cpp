// SPDX-License-Identifier: Apache-2.0
#include "cwmp/messages.hpp"

#include <algorithm>
#include <array>

namespace cpefleet::cwmp {
namespace {

struct FaultEntry {
  int code;
  bool client;
  std::string_view text;
};

// TR-069 A.5.1 and A.5.2; the texts are the annotations of cwmp-1-1.xsd.
constexpr std::array kFaults = std::to_array<FaultEntry>({
    {8000, false, "Method not supported"},
    {8001, false, "Request denied (no reason specified)"},
    {8002, false, "Internal error"},
    {8003, true, "Invalid arguments"},
    {8004, false, "Resources exceeded"},
    {8005, false, "Retry request"},
    {9000, false, "Method not supported"},
    {9001, false, "Request denied (no reason specified)"},
    {9002, false, "Internal error"},
    {9003, true, "Invalid arguments"},
    {9004, false, "Resources exceeded"},
    {9005, true, "Invalid parameter name"},
    {9006, true, "Invalid parameter type"},
    {9007, true, "Invalid parameter value"},
    {9008, true, "Attempt to set a non-writable parameter"},
    {9009, false, "Notification request rejected"},
    {9010, false, "Download failure"},
    {9011, false, "Upload failure"},
    {9012, false, "File transfer server authentication failure"},
    {9013, false, "Unsupported protocol for file transfer"},
    {9014, false, "Download failure: unable to join multicast group"},
    {9015, false, "Download failure: unable to contact file server"},
    {9016, false, "Download failure: unable to access file"},
    {9017, false, "Download failure: unable to complete download"},
    {9018, false, "Download failure: file corrupted"},
    {9019, false, "Download failure: file authentication failure"},
});

const FaultEntry* find_fault(int code) {
  const auto* found = std::ranges::find(kFaults, code, &FaultEntry::code);
  return found == kFaults.end() ? nullptr : found;
}

struct RequestName {
  std::string_view operator()(const GetRPCMethods&) const { return "GetRPCMethods"; }
  std::string_view operator()(const SetParameterValues&) const { return "SetParameterValues"; }
  std::string_view operator()(const GetParameterValues&) const { return "GetParameterValues"; }
  std::string_view operator()(const GetParameterNames&) const { return "GetParameterNames"; }
  std::string_view operator()(const SetParameterAttributes&) const { return "SetParameterAttributes"; }
  std::string_view operator()(const GetParameterAttributes&) const { return "GetParameterAttributes"; }
  std::string_view operator()(const AddObject&) const { return "AddObject"; }
  std::string_view operator()(const DeleteObject&) const { return "DeleteObject"; }
  std::string_view operator()(const Reboot&) const { return "Reboot"; }
  std::string_view operator()(const FactoryReset&) const { return "FactoryReset"; }
  std::string_view operator()(const ScheduleInform&) const { return "ScheduleInform"; }
  std::string_view operator()(const Download&) const { return "Download"; }
  std::string_view operator()(const Upload&) const { return "Upload"; }
  std::string_view operator()(const GetQueuedTransfers&) const { return "GetQueuedTransfers"; }
  std::string_view operator()(const GetAllQueuedTransfers&) const { return "GetAllQueuedTransfers"; }
  std::string_view operator()(const ScheduleDownload&) const { return "ScheduleDownload"; }
  std::string_view operator()(const CancelTransfer&) const { return "CancelTransfer"; }
  std::string_view operator()(const UnknownMethod& method) const { return method.name; }
  std::string_view operator()(const BadArguments& bad) const { return bad.method; }
  std::string_view operator()(const CpeGetRPCMethods&) const { return "GetRPCMethods"; }
  std::string_view operator()(const TransferComplete&) const { return "TransferComplete"; }
  std::string_view operator()(const AutonomousTransferComplete&) const { return "AutonomousTransferComplete"; }
  std::string_view operator()(const RequestDownload&) const { return "RequestDownload"; }
};

struct ResponseName {
  std::string_view operator()(const GetRPCMethodsResponse&) const { return "GetRPCMethodsResponse"; }
  std::string_view operator()(const SetParameterValuesResponse&) const { return "SetParameterValuesResponse"; }
  std::string_view operator()(const GetParameterValuesResponse&) const { return "GetParameterValuesResponse"; }
  std::string_view operator()(const GetParameterNamesResponse&) const { return "GetParameterNamesResponse"; }
  std::string_view operator()(const SetParameterAttributesResponse&) const { return "SetParameterAttributesResponse"; }
  std::string_view operator()(const GetParameterAttributesResponse&) const { return "GetParameterAttributesResponse"; }
  std::string_view operator()(const AddObjectResponse&) const { return "AddObjectResponse"; }
  std::string_view operator()(const DeleteObjectResponse&) const { return "DeleteObjectResponse"; }
  std::string_view operator()(const RebootResponse&) const { return "RebootResponse"; }
  std::string_view operator()(const FactoryResetResponse&) const { return "FactoryResetResponse"; }
  std::string_view operator()(const ScheduleInformResponse&) const { return "ScheduleInformResponse"; }
  std::string_view operator()(const DownloadResponse&) const { return "DownloadResponse"; }
  std::string_view operator()(const UploadResponse&) const { return "UploadResponse"; }
  std::string_view operator()(const GetQueuedTransfersResponse&) const { return "GetQueuedTransfersResponse"; }
  std::string_view operator()(const GetAllQueuedTransfersResponse&) const { return "GetAllQueuedTransfersResponse"; }
  std::string_view operator()(const ScheduleDownloadResponse&) const { return "ScheduleDownloadResponse"; }
  std::string_view operator()(const CancelTransferResponse&) const { return "CancelTransferResponse"; }
  std::string_view operator()(const VendorResponse& response) const { return response.name; }
  std::string_view operator()(const Fault&) const { return "Fault"; }
};

}  // namespace

std::string_view namespace_of(Version v) {
  return v == Version::v1_0 ? "urn:dslforum-org:cwmp-1-0" : "urn:dslforum-org:cwmp-1-1";
}

std::string_view xsd_name(ValueType t) {
  switch (t) {
    case ValueType::string: return "xsd:string";
    case ValueType::integer: return "xsd:int";
    case ValueType::unsigned_integer: return "xsd:unsignedInt";
    case ValueType::boolean: return "xsd:boolean";
    case ValueType::date_time: return "xsd:dateTime";
    case ValueType::base64: return "xsd:base64Binary";  // xsd:base64, often seen, is no type at all (E-5)
  }
  return "xsd:string";
}

std::string_view fault_text(int code) {
  const FaultEntry* entry = find_fault(code);
  return entry == nullptr ? std::string_view{} : entry->text;
}

bool is_client_fault(int code) {
  const FaultEntry* entry = find_fault(code);
  return entry != nullptr && entry->client;
}

Fault make_fault(int code, std::string_view detail) {
  Fault fault{code, std::string(fault_text(code)), {}};
  if (!detail.empty()) {
    if (!fault.text.empty()) fault.text += ": ";
    fault.text += detail;
  }
  return fault;
}

std::string_view method_name(const AcsRequest& request) { return std::visit(RequestName{}, request); }
std::string_view method_name(const CpeRequest& request) { return std::visit(RequestName{}, request); }
std::string_view message_name(const CpeResponse& response) { return std::visit(ResponseName{}, response); }

}  // namespace cpefleet::cwmp
