// SPDX-License-Identifier: Apache-2.0
#include "acs/messages.hpp"

#include <array>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "cwmp/events.hpp"
#include "xml/writer.hpp"

namespace cpefleet::acs {
namespace {

// One line, in the manner of the ACSs in the field.
constexpr std::string_view kHead =
    R"(<?xml version="1.0" encoding="UTF-8"?>)"
    "\n"
    R"(<soap-env:Envelope xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/")"
    R"( xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema")"
    R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp=")";
constexpr std::string_view kNamespace = "urn:dslforum-org:cwmp-1-";
constexpr int kHighestVersion = 4;

// Longer than any the standard allows (I-1), short enough that a hostile Inform costs nothing to remember.
constexpr std::size_t kLongestIdPart = 128;
constexpr std::string_view kSoftwareVersion = ".DeviceInfo.SoftwareVersion";
constexpr std::size_t kMostCommands = 64;  // an EventList of the XSD holds no more

bool usable_id_part(std::string_view part) {
  if (part.size() > kLongestIdPart) return false;
  for (const char c : part) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

std::string join_id(std::string_view oui, std::string_view product_class, std::string_view serial) {
  std::string out{oui};
  if (!product_class.empty()) {
    out += '-';
    out += product_class;
  }
  out += '-';
  out += serial;
  return out;
}

void read_events(const xml::Element& inform, InformSummary& summary) {
  for (auto event = inform.child("Event").first_child(); event; event = event.next_sibling()) {
    const std::string_view code = trim(event.child("EventCode").text());
    summary.boot |= code == cwmp::event::kBoot;
    summary.bootstrap |= code == cwmp::event::kBootstrap;
    summary.periodic |= code == cwmp::event::kPeriodic;
    if (code.starts_with("M ") && summary.commands.size() < kMostCommands) {
      summary.commands.emplace_back(code, trim(event.child("CommandKey").text()));
    }
  }
}

std::string element(std::string_view name, std::string_view text) {
  std::string out = "<";
  out += name;
  out += '>';
  xml::append_escaped(out, text);
  out += "</";
  out += name;
  out += '>';
  return out;
}

std::string names_of(const std::vector<std::string>& names) {
  std::string out = R"(<ParameterNames soap-enc:arrayType="xsd:string[)" + std::to_string(names.size()) + R"(]">)";
  for (const std::string& name : names) out += element("string", name);
  return out + "</ParameterNames>";
}

}  // namespace

Result<Envelope> open_envelope(std::string body) {
  auto document = xml::Document::parse(std::move(body));
  if (!document) return failure("Invalid session");
  Envelope envelope{std::move(*document), {}, {}};
  const xml::Element root = envelope.document.root();
  if (root.local_name() != "Envelope") return failure("Invalid session");
  envelope.message = root.child("Body").first_child();
  if (!envelope.message) return failure("Invalid session");
  envelope.id = root.child("Header").child("ID").text();
  return envelope;
}

std::optional<int> cwmp_version(const xml::Element& message) {
  const std::string_view uri = message.namespace_uri();
  if (uri.size() != kNamespace.size() + 1 || !uri.starts_with(kNamespace)) return std::nullopt;
  const int version = uri.back() - '0';
  if (version < 0 || version > kHighestVersion) return std::nullopt;
  return version;
}

std::optional<InformSummary> read_inform(const xml::Element& inform) {
  const xml::Element device = inform.child("DeviceId");
  const std::string_view oui = trim(device.child("OUI").text());
  const std::string_view product_class = trim(device.child("ProductClass").text());
  const std::string_view serial = trim(device.child("SerialNumber").text());
  if (oui.empty() || serial.empty()) return std::nullopt;
  for (const std::string_view part : std::array{oui, product_class, serial}) {
    if (!usable_id_part(part)) return std::nullopt;
  }

  InformSummary summary;
  summary.device_id = join_id(oui, product_class, serial);
  summary.short_id = join_id(oui, {}, serial);
  summary.escaped_id = join_id(oui, percent_encoded(product_class), percent_encoded(serial));
  read_events(inform, summary);
  const auto retries = parse_uint(trim(inform.child("RetryCount").text()));
  if (retries && *retries <= std::numeric_limits<std::uint32_t>::max()) {
    summary.retry_count = static_cast<std::uint32_t>(*retries);
  }
  for (auto value = inform.child("ParameterList").first_child(); value; value = value.next_sibling()) {
    if (!trim(value.child("Name").text()).ends_with(kSoftwareVersion)) continue;
    summary.software_version = printable(trim(value.child("Value").text()));
    break;
  }
  const std::string_view name = trim(inform.child("ParameterList").first_child().child("Name").text());
  const std::size_t dot = name.find('.');
  const bool known = dot < kLongestIdPart;  // and not npos
  summary.root = known ? name.substr(0, dot + 1) : std::string_view{"Device."};
  return summary;
}

std::string envelope(int version, std::string_view id, std::string_view body) {
  std::string out;
  out.reserve(kHead.size() + id.size() + body.size() + 256);
  out += kHead;
  out += kNamespace;
  out += static_cast<char>('0' + version);
  out += R"(">)";
  if (!id.empty()) {
    out += R"(<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">)";
    xml::append_escaped(out, id);
    out += "</cwmp:ID></soap-env:Header>";
  }
  out += "<soap-env:Body>";
  out += body;
  out += "</soap-env:Body></soap-env:Envelope>";
  return out;
}

std::string inform_response() { return "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>"; }

std::string get_rpc_methods() { return "<cwmp:GetRPCMethods></cwmp:GetRPCMethods>"; }

std::string get_rpc_methods_response() {
  return R"(<cwmp:GetRPCMethodsResponse><MethodList soap-enc:arrayType="xsd:string[5]"><string>Inform</string>)"
         "<string>GetRPCMethods</string><string>TransferComplete</string>"
         "<string>AutonomousTransferComplete</string><string>RequestDownload</string>"
         "</MethodList></cwmp:GetRPCMethodsResponse>";
}

std::string get_parameter_names(std::string_view path, bool next_level) {
  return "<cwmp:GetParameterNames>" + element("ParameterPath", path) + element("NextLevel", next_level ? "1" : "0") +
         "</cwmp:GetParameterNames>";
}

std::string get_parameter_values(const std::vector<std::string>& names) {
  return "<cwmp:GetParameterValues>" + names_of(names) + "</cwmp:GetParameterValues>";
}

std::string get_parameter_attributes(const std::vector<std::string>& names) {
  return "<cwmp:GetParameterAttributes>" + names_of(names) + "</cwmp:GetParameterAttributes>";
}

std::string set_notification(std::string_view name, std::string_view notification) {
  return R"(<cwmp:SetParameterAttributes><ParameterList soap-enc:arrayType="cwmp:SetParameterAttributesStruct[1]">)"
         "<SetParameterAttributesStruct>" +
         element("Name", name) + "<NotificationChange>1</NotificationChange>" + element("Notification", notification) +
         R"(<AccessListChange>0</AccessListChange><AccessList soap-enc:arrayType="xsd:string[0]"></AccessList>)"
         "</SetParameterAttributesStruct></ParameterList></cwmp:SetParameterAttributes>";
}

std::string add_object(std::string_view table, std::string_view parameter_key) {
  return "<cwmp:AddObject>" + element("ObjectName", table) + element("ParameterKey", parameter_key) +
         "</cwmp:AddObject>";
}

std::string delete_object(std::string_view instance, std::string_view parameter_key) {
  return "<cwmp:DeleteObject>" + element("ObjectName", instance) + element("ParameterKey", parameter_key) +
         "</cwmp:DeleteObject>";
}

std::string reboot(std::string_view command_key) {
  return "<cwmp:Reboot>" + element("CommandKey", command_key) + "</cwmp:Reboot>";
}

std::string schedule_inform(std::uint64_t delay_seconds, std::string_view command_key) {
  return "<cwmp:ScheduleInform>" + element("DelaySeconds", std::to_string(delay_seconds)) +
         element("CommandKey", command_key) + "</cwmp:ScheduleInform>";
}

std::string download(const TransferRequest& request) {
  return "<cwmp:Download>" + element("CommandKey", request.command_key) + element("FileType", request.file_type) +
         element("URL", request.url) + element("Username", request.username) + element("Password", request.password) +
         element("FileSize", std::to_string(request.file_size)) + element("TargetFileName", "") +
         element("DelaySeconds", std::to_string(request.delay_seconds)) + element("SuccessURL", "") +
         element("FailureURL", "") + "</cwmp:Download>";
}

std::string upload(const TransferRequest& request) {
  return "<cwmp:Upload>" + element("CommandKey", request.command_key) + element("FileType", request.file_type) +
         element("URL", request.url) + element("Username", request.username) + element("Password", request.password) +
         element("DelaySeconds", std::to_string(request.delay_seconds)) + "</cwmp:Upload>";
}

std::string empty_message(std::string_view name) {
  std::string out = "<cwmp:";
  out += name;
  out += "></cwmp:";
  out += name;
  out += '>';
  return out;
}

std::string fault(int code, std::string_view text) {
  return "<soap-env:Fault><faultcode>soap-env:Server</faultcode><faultstring>CWMP fault</faultstring>"
         "<detail><cwmp:Fault><FaultCode>" +
         std::to_string(code) + "</FaultCode>" + element("FaultString", text) +
         "</cwmp:Fault></detail></soap-env:Fault>";
}

void SetParameterValuesWriter::add(std::string_view name, std::string_view xsd_type, std::string_view value) {
  values_ += "<ParameterValueStruct>";
  values_ += element("Name", name);
  values_ += R"(<Value xsi:type=")";
  values_ += xsd_type;
  values_ += R"(">)";
  xml::append_escaped(values_, value);
  values_ += "</Value></ParameterValueStruct>";
  ++count_;
}

std::string SetParameterValuesWriter::body(std::string_view parameter_key) const {
  return R"(<cwmp:SetParameterValues><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[)" +
         std::to_string(count_) + R"(]">)" + values_ + "</ParameterList>" + element("ParameterKey", parameter_key) +
         "</cwmp:SetParameterValues>";
}

}  // namespace cpefleet::acs
