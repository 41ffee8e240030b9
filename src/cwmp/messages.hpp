// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "cwmp/transfer_messages.hpp"

// The messages of TR-069 Annex A as plain data; those of file transfers stand in transfer_messages.hpp. Names are the
// standard's own.
namespace cpefleet::cwmp {

enum class Version : std::uint8_t { v1_0, v1_1 };
[[nodiscard]] std::string_view namespace_of(Version v);  // urn:dslforum-org:cwmp-1-N

// xsi:type of a value (A.2.1, E-5).
enum class ValueType : std::uint8_t { string, integer, unsigned_integer, boolean, date_time, base64 };
[[nodiscard]] std::string_view xsd_name(ValueType t);  // "xsd:string", "xsd:int", ...

struct ParameterValue {
  std::string name;
  std::string value;
  ValueType type = ValueType::string;
};

struct ParameterInfo {
  std::string name;
  bool writable = false;
};

// --- faults -------------------------------------------------------------------------------------------------

// TR-069 A.5.1; codes 9000-9019 from a CPE, 8000-8005 from an ACS, 9800-9899 vendor defined.
struct SetParameterValuesFault {
  std::string parameter;
  int code = 0;
  std::string text;
};
struct Fault {
  int code = 0;
  std::string text;
  std::vector<SetParameterValuesFault> parameters;  // only in the answer to SetParameterValues (P-21)
};
[[nodiscard]] std::string_view fault_text(int code);                     // the standard's words; "" for an unknown code
[[nodiscard]] bool is_client_fault(int code);                            // soap faultcode Client, else Server
[[nodiscard]] Fault make_fault(int code, std::string_view detail = {});  // text: the standard's, ": detail" behind it

// --- requests of the ACS, and what the CPE answers ------------------------------------------------------------

struct GetRPCMethods {};
struct GetRPCMethodsResponse {
  std::vector<std::string> methods;
};

// As received: the declared xsi:type is kept as its local name ("" when absent), because P-25 judges it.
struct SetValue {
  std::string name;
  std::string value;
  std::string declared_type;
};
struct SetParameterValues {
  std::vector<SetValue> values;
  std::string parameter_key;
};
struct SetParameterValuesResponse {
  int status = 0;
};

struct GetParameterValues {
  std::vector<std::string> names;
};
struct GetParameterValuesResponse {
  std::vector<ParameterValue> values;
};

struct GetParameterNames {
  std::string path;
  bool next_level = false;
};
struct GetParameterNamesResponse {
  std::vector<ParameterInfo> names;
};

struct SetParameterAttribute {
  std::string name;
  bool notification_change = false;
  int notification = 0;
  bool access_list_change = false;
  std::vector<std::string> access_list;
};
struct SetParameterAttributes {
  std::vector<SetParameterAttribute> attributes;
};
struct SetParameterAttributesResponse {};

struct ParameterAttribute {
  std::string name;
  int notification = 0;
  std::vector<std::string> access_list;
};
struct GetParameterAttributes {
  std::vector<std::string> names;
};
struct GetParameterAttributesResponse {
  std::vector<ParameterAttribute> attributes;
};

struct AddObject {
  std::string object;
  std::string parameter_key;
};
struct AddObjectResponse {
  std::uint32_t instance = 0;
  int status = 0;
};
struct DeleteObject {
  std::string object;
  std::string parameter_key;
};
struct DeleteObjectResponse {
  int status = 0;
};

struct Reboot {
  std::string command_key;
};
struct RebootResponse {};
struct FactoryReset {};
struct FactoryResetResponse {};
struct ScheduleInform {
  std::uint32_t delay_seconds = 0;
  std::string command_key;
};
struct ScheduleInformResponse {};
// To a vendor's method (P-8): elements by name, all of them strings.
struct VendorResponse {
  std::string name;  // "X_GRANDSTREAM_GetLogResponse"
  std::vector<std::pair<std::string, std::string>> arguments;
};

// A method this program has no structure for: SetVouchers, a vendor's X_..., nonsense. Answered 9000.
struct UnknownMethod {
  std::string name;
};
// A known method whose arguments cannot be read. Answered 9003, or 9000 where the device has no such method (E-14).
struct BadArguments {
  std::string method;
  std::string why;
};

using AcsRequest = std::variant<GetRPCMethods, SetParameterValues, GetParameterValues, GetParameterNames,
                                SetParameterAttributes, GetParameterAttributes, AddObject, DeleteObject, Reboot,
                                FactoryReset, ScheduleInform, Download, Upload, GetQueuedTransfers,
                                GetAllQueuedTransfers, ScheduleDownload, CancelTransfer, UnknownMethod, BadArguments>;
// "GetParameterValues", or the name as received for UnknownMethod and BadArguments.
[[nodiscard]] std::string_view method_name(const AcsRequest& request);

using CpeResponse =
    std::variant<GetRPCMethodsResponse, SetParameterValuesResponse, GetParameterValuesResponse,
                 GetParameterNamesResponse, SetParameterAttributesResponse, GetParameterAttributesResponse,
                 AddObjectResponse, DeleteObjectResponse, RebootResponse, FactoryResetResponse, ScheduleInformResponse,
                 DownloadResponse, UploadResponse, GetQueuedTransfersResponse, GetAllQueuedTransfersResponse,
                 ScheduleDownloadResponse, CancelTransferResponse, VendorResponse, Fault>;
[[nodiscard]] std::string_view message_name(const CpeResponse& response);  // "GetParameterValuesResponse", "Fault"

// --- requests of the CPE, and what the ACS answers ----------------------------------------------------------------

struct Event {
  std::string code;         // "0 BOOTSTRAP", "M Reboot", "X 000B82 MemFull"
  std::string command_key;  // empty unless an M event
  friend bool operator==(const Event&, const Event&) = default;
};

struct DeviceId {
  std::string manufacturer;
  std::string oui;  // six upper-case hex digits
  std::string product_class;
  std::string serial_number;
};

struct Inform {
  DeviceId device;
  std::vector<Event> events;
  std::string current_time;  // xsd:dateTime
  std::uint32_t retry_count = 0;
  std::vector<ParameterValue> parameters;
};

// CPE-initiated requests beside Inform.
struct CpeGetRPCMethods {};
using CpeRequest = std::variant<CpeGetRPCMethods, TransferComplete, AutonomousTransferComplete, RequestDownload>;
[[nodiscard]] std::string_view method_name(const CpeRequest& request);

struct InformResponse {
  std::uint32_t max_envelopes = 1;
};
struct AcsGetRPCMethodsResponse {
  std::vector<std::string> methods;
};
// Any other response of the ACS by its name: without arguments (TransferCompleteResponse), or to nothing the CPE asked.
struct OtherResponse {
  std::string name;
};

// --- envelopes --------------------------------------------------------------------------------------------------------

using AcsBody = std::variant<AcsRequest, InformResponse, AcsGetRPCMethodsResponse, OtherResponse, Fault>;

// Something in a message that the standard does not allow but whose meaning is clear.
struct MessageFinding {
  std::string_view rule;  // checklist item
  std::string what;
};

// One message of the ACS, decoded (soap_decode.hpp).
struct AcsMessage {
  std::optional<std::string> id;  // white space and letters kept (E-7)
  bool hold_requests = false;
  bool no_more_requests = false;               // received and ignored (E-9)
  std::optional<std::string> must_understand;  // name of an unknown header with mustUnderstand="1" (E-10)
  AcsBody body;
  std::vector<MessageFinding> findings;
};

}  // namespace cpefleet::cwmp
