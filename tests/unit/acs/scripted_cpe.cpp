// SPDX-License-Identifier: Apache-2.0
#include "scripted_cpe.hpp"

#include <algorithm>

namespace cpefleet::acs::test {

std::string envelope(int version, std::string_view id, std::string_view body) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<SOAP:Envelope xmlns:SOAP="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/"
  xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:c="urn:dslforum-org:cwmp-1-)" +
         std::to_string(version) + R"(">
<SOAP:Header><c:ID SOAP:mustUnderstand="1">)" +
         std::string{id} + "</c:ID></SOAP:Header>\n<SOAP:Body>" + std::string{body} + "</SOAP:Body></SOAP:Envelope>\n";
}

std::string_view header(const Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return {};
}

std::string between(std::string_view xml, std::string_view tag) {
  const std::size_t open = xml.find("<" + std::string{tag});
  if (open == std::string_view::npos) return {};
  const std::size_t begin = xml.find('>', open) + 1;
  return std::string{xml.substr(begin, xml.find("</", begin) - begin)};
}

bool has(const Reply& reply, std::string_view text) { return reply.body.find(text) != std::string::npos; }

std::string method_of(const Reply& reply) {
  constexpr std::string_view body = "<soap-env:Body><";
  const std::size_t at = reply.body.find(body);
  if (at == std::string::npos) return {};
  const std::string_view rest = std::string_view{reply.body}.substr(at + body.size());
  const std::string_view name = rest.substr(0, rest.find_first_of("> /"));
  return std::string{name.substr(name.find(':') + 1)};
}

std::string parameter_names() {
  constexpr std::pair<std::string_view, bool> names[] = {
      {"Device.", false},
      {"Device.DeviceSummary", false},
      {"Device.ManagementServer.", false},
      {"Device.ManagementServer.URL", true},
      {"Device.ManagementServer.PeriodicInformEnable", true},
      {"Device.ManagementServer.PeriodicInformInterval", true},
      {"Device.ManagementServer.ConnectionRequestUsername", true},
      {"Device.ManagementServer.ConnectionRequestPassword", true},
      {"Device.Services.VoiceService.1.Capabilities.MaxProfileCount", false},
      {"Device.Services.VoiceService.1.VoiceProfile.", true},
      {"Device.Services.VoiceService.1.VoiceProfile.1.", true},
      {"Device.Services.VoiceService.1.VoiceProfile.1.Enable", true},
      {"Device.Services.VoiceService.1.VoiceProfile.1.Line.", true},
      {"Device.Services.VoiceService.1.VoiceProfile.1.Line.1.", true},
      {"Device.Services.VoiceService.1.VoiceProfile.2.", true},
      {"Device.Services.VoiceService.1.VoiceProfile.2.Enable", true},
  };
  std::string out = R"(<c:GetParameterNamesResponse><ParameterList enc:arrayType="c:ParameterInfoStruct[16]">)";
  for (const auto& [name, writable] : names) {
    out += "<ParameterInfoStruct><Name>" + std::string{name} + "</Name><Writable>" + (writable ? "1" : "0") +
           "</Writable></ParameterInfoStruct>";
  }
  return out + "</ParameterList></c:GetParameterNamesResponse>";
}

std::string parameter_values(int max_profiles) {
  return R"(<c:GetParameterValuesResponse><ParameterList enc:arrayType="c:ParameterValueStruct[2]">)"
         R"(<ParameterValueStruct><Name>Device.DeviceSummary</Name><Value xsi:type="xsd:string"></Value>)"
         "</ParameterValueStruct><ParameterValueStruct>"
         "<Name>Device.Services.VoiceService.1.Capabilities.MaxProfileCount</Name>"
         R"(<Value xsi:type="xsd:unsignedInt">)" +
         std::to_string(max_profiles) +
         "</Value></ParameterValueStruct></ParameterList></c:GetParameterValuesResponse>";
}

std::string rpc_methods(bool with_objects) {
  return std::string{R"(<c:GetRPCMethodsResponse><MethodList enc:arrayType="xsd:string[3]">)"
                     "<string>GetRPCMethods</string>"} +
         (with_objects ? "<string>AddObject</string><string>DeleteObject</string>" : "") +
         "</MethodList></c:GetRPCMethodsResponse>";
}

std::string cpe_fault(int code) {
  return "<SOAP:Fault><faultcode>SOAP:Client</faultcode><faultstring>CWMP fault</faultstring><detail><c:Fault>"
         "<FaultCode>" +
         std::to_string(code) + "</FaultCode><FaultString>x</FaultString></c:Fault></detail></SOAP:Fault>";
}

std::string ScriptedCpe::inform_body(const std::vector<std::string>& events) const {
  std::string out =
      "<c:Inform><DeviceId><Manufacturer>Grandstream</Manufacturer><OUI>000B82</OUI>"
      "<ProductClass>GXP2170</ProductClass><SerialNumber>" +
      serial + R"(</SerialNumber></DeviceId><Event enc:arrayType="c:EventStruct[1]">)";
  for (const std::string& event : events) {
    const std::size_t bar = std::min(event.find('|'), event.size());
    out += "<EventStruct><EventCode>" + event.substr(0, bar) + "</EventCode><CommandKey>" +
           event.substr(std::min(bar + 1, event.size())) + "</CommandKey></EventStruct>";
  }
  return out + "</Event><MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-01-01T00:00:00Z</CurrentTime><RetryCount>" +
         std::to_string(retry_count) +
         R"(</RetryCount><ParameterList enc:arrayType="c:ParameterValueStruct[1]"><ParameterValueStruct>)"
         R"(<Name>Device.DeviceSummary</Name><Value xsi:type="xsd:string">Device:1.2[](Baseline:1)</Value>)"
         "</ParameterValueStruct><ParameterValueStruct><Name>Device.DeviceInfo.SoftwareVersion</Name>"
         R"(<Value xsi:type="xsd:string">1.0.11.3</Value>)"
         "</ParameterValueStruct></ParameterList></c:Inform>";
}

Reply ScriptedCpe::post(std::string_view body) {
  Request request;
  request.connection = connection;
  request.method = "POST";
  request.target = "/";
  request.headers.emplace_back("Host", "acs.example");
  if (!cookie.empty()) request.headers.emplace_back("cookie", cookie);
  if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
  request.body = body;
  Reply reply = core.handle(request, now);
  if (const auto set = header(reply, "Set-Cookie"); !set.empty()) cookie = set;
  request_id = between(reply.body, "cwmp:ID");
  if (!method_of(reply).empty()) received.push_back(method_of(reply));
  return reply;
}

Reply ScriptedCpe::inform(const std::vector<std::string>& events) {
  cookie.clear();
  return post(envelope(version, "inform-1", inform_body(events)));
}

Reply ScriptedCpe::respond(std::string_view body) { return post(envelope(version, request_id, body)); }

std::string ScriptedCpe::answer_to(std::string_view method) {
  if (method == "GetRPCMethods") return rpc_methods();
  if (method == "GetParameterNames") return parameter_names();
  if (method == "GetParameterValues") return parameter_values();
  if (method == "SetParameterValues") {
    return "<c:SetParameterValuesResponse><Status>0</Status></c:SetParameterValuesResponse>";
  }
  if (method == "AddObject") {
    return "<c:AddObjectResponse><InstanceNumber>3</InstanceNumber><Status>0</Status></c:AddObjectResponse>";
  }
  if (method == "DeleteObject") return "<c:DeleteObjectResponse><Status>0</Status></c:DeleteObjectResponse>";
  return {};
}

bool ScriptedCpe::whole_session(std::vector<std::string> events) {
  Reply reply = inform(std::move(events));
  if (method_of(reply) != "InformResponse") return false;
  reply = post("");
  for (int i = 0; reply.status == 200 && i < 20; ++i) {
    const std::string answer = answer_to(method_of(reply));
    if (answer.empty()) return false;
    reply = respond(answer);
  }
  return reply.status == 204 && reply.body.empty();
}

}  // namespace cpefleet::acs::test
