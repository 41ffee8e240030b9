// SPDX-License-Identifier: Apache-2.0
#include "cwmp/soap_encode.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <type_traits>

#include "xml/utf8.hpp"
#include "xml/writer.hpp"

namespace cpefleet::cwmp {
namespace {

using xml::append_escaped;

// Prefixes as the vendor's client writes them.
constexpr std::string_view kEnvelope =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\""
    " xmlns:soap-enc=\"http://schemas.xmlsoap.org/soap/encoding/\""
    " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
    " xmlns:cwmp=\"";

void begin(std::string& out, Version version, OptionalId id) {
  out.clear();
  out += kEnvelope;
  out += namespace_of(version);
  out += "\">";
  if (id) {
    out += "<soap:Header><cwmp:ID soap:mustUnderstand=\"1\">";
    append_escaped(out, *id);
    out += "</cwmp:ID></soap:Header>";
  }
  out += "<soap:Body>";
}

void end(std::string& out) { out += "</soap:Body></soap:Envelope>\n"; }

template <class Integer>
void append_number(std::string& out, Integer number) {
  std::array<char, 24> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

void open(std::string& out, std::string_view tag) {
  out += '<';
  out += tag;
  out += '>';
}

void close(std::string& out, std::string_view tag) {
  out += "</";
  out += tag;
  out += '>';
}

void element(std::string& out, std::string_view tag, std::string_view text) {
  open(out, tag);
  append_escaped(out, text);
  close(out, tag);
}

template <class Integer>
void number_element(std::string& out, std::string_view tag, Integer number) {
  open(out, tag);
  append_number(out, number);
  close(out, tag);
}

// <tag soap-enc:arrayType="type[count]">, E-3
void open_array(std::string& out, std::string_view tag, std::string_view type, std::size_t count) {
  out += '<';
  out += tag;
  out += " soap-enc:arrayType=\"";
  out += type;
  out += '[';
  append_number(out, count);
  out += "]\">";
}

void string_array(std::string& out, std::string_view tag, const std::vector<std::string>& texts) {
  open_array(out, tag, "xsd:string", texts.size());
  for (const std::string& text : texts) element(out, "string", text);
  close(out, tag);
}

void parameter_list(std::string& out, const std::vector<ParameterValue>& values) {
  std::size_t bytes = 0;
  for (const ParameterValue& value : values) bytes += value.name.size() + value.value.size();
  // So that a whole model's answer grows its buffer once: the constant is the markup around one value.
  out.reserve(out.size() + bytes + values.size() * 112 + 256);
  open_array(out, "ParameterList", "cwmp:ParameterValueStruct", values.size());
  for (const ParameterValue& value : values) {
    out += "<ParameterValueStruct><Name>";
    append_escaped(out, value.name);
    out += "</Name><Value xsi:type=\"";
    out += xsd_name(value.type);
    out += "\">";
    append_escaped(out, value.value);
    out += "</Value></ParameterValueStruct>";
  }
  out += "</ParameterList>";
}

void write(std::string& out, const GetRPCMethodsResponse& response) {
  string_array(out, "MethodList", response.methods);
}

void write(std::string& out, const SetParameterValuesResponse& response) {
  number_element(out, "Status", response.status);
}

void write(std::string& out, const GetParameterValuesResponse& response) { parameter_list(out, response.values); }

void write(std::string& out, const GetParameterNamesResponse& response) {
  std::size_t bytes = 0;
  for (const ParameterInfo& info : response.names) bytes += info.name.size();
  out.reserve(out.size() + bytes + response.names.size() * 88 + 256);
  open_array(out, "ParameterList", "cwmp:ParameterInfoStruct", response.names.size());
  for (const ParameterInfo& info : response.names) {
    out += "<ParameterInfoStruct><Name>";
    append_escaped(out, info.name);
    out += "</Name><Writable>";
    out += info.writable ? '1' : '0';
    out += "</Writable></ParameterInfoStruct>";
  }
  out += "</ParameterList>";
}

void write(std::string& out, const GetParameterAttributesResponse& response) {
  open_array(out, "ParameterList", "cwmp:ParameterAttributeStruct", response.attributes.size());
  for (const ParameterAttribute& attribute : response.attributes) {
    out += "<ParameterAttributeStruct>";
    element(out, "Name", attribute.name);
    number_element(out, "Notification", attribute.notification);
    string_array(out, "AccessList", attribute.access_list);
    out += "</ParameterAttributeStruct>";
  }
  out += "</ParameterList>";
}

void write(std::string& out, const AddObjectResponse& response) {
  number_element(out, "InstanceNumber", response.instance);
  number_element(out, "Status", response.status);
}

void write(std::string& out, const DeleteObjectResponse& response) { number_element(out, "Status", response.status); }

void write(std::string&, const SetParameterAttributesResponse&) {}
void write(std::string&, const RebootResponse&) {}
void write(std::string&, const FactoryResetResponse&) {}
void write(std::string&, const ScheduleInformResponse&) {}

void write(std::string&, const ScheduleDownloadResponse&) {}
void write(std::string&, const CancelTransferResponse&) {}

void time_element(std::string& out, std::string_view tag, std::string_view time) {
  element(out, tag, time.empty() ? kUnknownTime : time);
}

// P-84
template <class TransferResponse>
void write_transfer(std::string& out, const TransferResponse& response) {
  const bool done = response.status == 0;
  number_element(out, "Status", response.status);
  time_element(out, "StartTime", done ? response.start_time : kUnknownTime);
  time_element(out, "CompleteTime", done ? response.complete_time : kUnknownTime);
}

void write(std::string& out, const DownloadResponse& response) { write_transfer(out, response); }
void write(std::string& out, const UploadResponse& response) { write_transfer(out, response); }

void boolean_element(std::string& out, std::string_view tag, bool value) { element(out, tag, value ? "1" : "0"); }

void write(std::string& out, const GetQueuedTransfersResponse& response) {
  open_array(out, "TransferList", "cwmp:QueuedTransferStruct", response.transfers.size());
  for (const QueuedTransfer& transfer : response.transfers) {
    out += "<QueuedTransferStruct>";
    element(out, "CommandKey", transfer.command_key);
    number_element(out, "State", static_cast<int>(transfer.state));
    out += "</QueuedTransferStruct>";
  }
  out += "</TransferList>";
}

void write(std::string& out, const GetAllQueuedTransfersResponse& response) {
  open_array(out, "TransferList", "cwmp:AllQueuedTransferStruct", response.transfers.size());
  for (const AnyQueuedTransfer& transfer : response.transfers) {
    out += "<AllQueuedTransferStruct>";
    element(out, "CommandKey", transfer.command_key);
    number_element(out, "State", static_cast<int>(transfer.state));
    boolean_element(out, "IsDownload", transfer.is_download);
    element(out, "FileType", transfer.file_type);
    number_element(out, "FileSize", transfer.file_size);
    element(out, "TargetFileName", transfer.target_file_name);
    out += "</AllQueuedTransferStruct>";
  }
  out += "</TransferList>";
}

void write(std::string& out, const VendorResponse& response) {
  for (const auto& [name, text] : response.arguments) element(out, name, text);
}

void write_fault_entry(std::string& out, int code, std::string_view text) {
  number_element(out, "FaultCode", code);
  element(out, "FaultString", text);
}

}  // namespace

int transfer_fault_code(Version version, int code) {
  constexpr std::array kEveryVersion = {0, 9001, 9002, 9010, 9011, 9012};
  if (std::ranges::find(kEveryVersion, code) != kEveryVersion.end()) return code;
  const bool of_1_1 = code >= 9014 && code <= 9899;
  if (of_1_1 && version != Version::v1_0) return code;
  const bool of_a_download = code == 9013 || (code >= 9014 && code <= 9019);
  return of_a_download ? 9010 : 9002;
}

namespace {

// Counted as a reader counts what the writer makes of it.
std::string_view first_characters(std::string_view text, std::size_t most) {
  std::size_t bytes = 0;
  for (; most > 0 && bytes < text.size(); --most)
    bytes += std::max<std::size_t>(1, xml::utf8_length(text.substr(bytes)));
  return text.substr(0, bytes);
}

void write_fault_struct(std::string& out, Version version, const FaultStruct& fault) {
  constexpr std::size_t kLongestText = 256;
  out += "<FaultStruct>";
  const std::string_view text = fault.code == 0 ? std::string_view{} : first_characters(fault.text, kLongestText);
  write_fault_entry(out, transfer_fault_code(version, fault.code), text);
  out += "</FaultStruct>";
}

void write(std::string&, Version, const CpeGetRPCMethods&) {}

void write(std::string& out, Version version, const TransferComplete& request) {
  element(out, "CommandKey", request.command_key);
  write_fault_struct(out, version, request.fault);
  time_element(out, "StartTime", request.start_time);
  time_element(out, "CompleteTime", request.complete_time);
}

void write(std::string& out, Version version, const AutonomousTransferComplete& request) {
  element(out, "AnnounceURL", request.announce_url);
  element(out, "TransferURL", request.transfer_url);
  boolean_element(out, "IsDownload", request.is_download);
  element(out, "FileType", request.file_type);
  number_element(out, "FileSize", request.file_size);
  element(out, "TargetFileName", request.target_file_name);
  write_fault_struct(out, version, request.fault);
  time_element(out, "StartTime", request.start_time);
  time_element(out, "CompleteTime", request.complete_time);
}

void write(std::string& out, Version, const RequestDownload& request) {
  element(out, "FileType", request.file_type);
  open_array(out, "FileTypeArg", "cwmp:ArgStruct", request.arguments.size());
  for (const RequestDownloadArgument& argument : request.arguments) {
    out += "<ArgStruct>";
    element(out, "Name", argument.name);
    element(out, "Value", argument.value);
    out += "</ArgStruct>";
  }
  out += "</FileTypeArg>";
}

// E-13
void write_fault(std::string& out, const Fault& fault) {
  out += is_client_fault(fault.code) ? "<soap:Fault><faultcode>soap:Client" : "<soap:Fault><faultcode>soap:Server";
  out += "</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault>";
  write_fault_entry(out, fault.code, fault.text);
  for (const SetParameterValuesFault& parameter : fault.parameters) {
    out += "<SetParameterValuesFault>";
    element(out, "ParameterName", parameter.parameter);
    write_fault_entry(out, parameter.code, parameter.text);
    out += "</SetParameterValuesFault>";
  }
  out += "</cwmp:Fault></detail></soap:Fault>";
}

}  // namespace

void encode_inform(std::string& out, Version version, OptionalId id, const Inform& inform) {
  begin(out, version, id);
  out += "<cwmp:Inform><DeviceId>";
  element(out, "Manufacturer", inform.device.manufacturer);
  element(out, "OUI", inform.device.oui);
  element(out, "ProductClass", inform.device.product_class);
  element(out, "SerialNumber", inform.device.serial_number);
  out += "</DeviceId>";
  open_array(out, "Event", "cwmp:EventStruct", inform.events.size());
  for (const Event& event : inform.events) {
    out += "<EventStruct>";
    element(out, "EventCode", event.code);
    element(out, "CommandKey", event.command_key);
    out += "</EventStruct>";
  }
  out += "</Event><MaxEnvelopes>1</MaxEnvelopes>";  // I-4
  element(out, "CurrentTime", inform.current_time);
  number_element(out, "RetryCount", inform.retry_count);
  parameter_list(out, inform.parameters);
  out += "</cwmp:Inform>";
  end(out);
}

void encode_request(std::string& out, Version version, OptionalId id, const CpeRequest& request) {
  begin(out, version, id);
  const std::string_view name = method_name(request);
  out += "<cwmp:";
  out += name;
  out += '>';
  std::visit([&out, version](const auto& body) { write(out, version, body); }, request);
  out += "</cwmp:";
  out += name;
  out += '>';
  end(out);
}

void encode_response(std::string& out, Version version, OptionalId id, const CpeResponse& response) {
  begin(out, version, id);
  std::visit(
      [&out, &response](const auto& body) {
        if constexpr (std::is_same_v<std::decay_t<decltype(body)>, Fault>) {
          write_fault(out, body);
        } else {
          const std::string_view name = message_name(response);
          out += "<cwmp:";
          out += name;
          out += '>';
          write(out, body);
          out += "</cwmp:";
          out += name;
          out += '>';
        }
      },
      response);
  end(out);
}

void encode_must_understand_fault(std::string& out, Version version, OptionalId id, std::string_view header) {
  begin(out, version, id);
  // SOAP 1.1 4.4: no detail, because the body was not processed.
  out += "<soap:Fault><faultcode>soap:MustUnderstand</faultcode><faultstring>Header not understood: ";
  append_escaped(out, header);
  out += "</faultstring></soap:Fault>";
  end(out);
}

}  // namespace cpefleet::cwmp
