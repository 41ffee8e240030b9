// SPDX-License-Identifier: Apache-2.0
#include "integration/udp/notified_acs.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <thread>

namespace cpefleet::test {
namespace {

constexpr std::string_view kRoot = "Device.ManagementServer.";

std::string between(std::string_view text, std::string_view from, std::string_view to, std::size_t& at) {
  const auto begin = text.find(from, at);
  if (begin == std::string_view::npos) {
    at = std::string_view::npos;
    return {};
  }
  const auto start = begin + from.size();
  const auto end = text.find(to, start);
  at = end;
  return std::string(text.substr(start, end - start));
}

std::string first_between(std::string_view text, std::string_view from, std::string_view to) {
  std::size_t at = 0;
  return between(text, from, to, at);
}

NotifiedAcs::Inform read_inform(const std::string& body) {
  NotifiedAcs::Inform out;
  out.serial = first_between(body, "<SerialNumber>", "<");
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto code = between(body, "<EventCode>", "<", at);
    if (!code.empty()) out.events.push_back(code);
  }
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto name = between(body, "<ParameterValueStruct><Name>", "<", at);
    if (at == std::string::npos) break;
    static_cast<void>(between(body, "<Value", ">", at));
    out.values[name.substr(name.rfind('.') + 1)] = between(body, ">", "<", at);
  }
  return out;
}

transport::ServerReply envelope(std::string_view body, std::string_view id) {
  transport::ServerReply reply;
  reply.headers.emplace_back("Content-Type", "text/xml");
  reply.body = fmt::format(
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\" xmlns:c=\"urn:dslforum-org:cwmp-1-0\"><s:Header><c:ID "
      "s:mustUnderstand=\"1\">{}</c:ID></s:Header><s:Body>{}</s:Body></s:Envelope>",
      id, body);
  return reply;
}

}  // namespace

bool NotifiedAcs::Inform::has(const std::string& event) const {
  return std::find(events.begin(), events.end(), event) != events.end();
}

NotifiedAcs::NotifiedAcs(Settings settings, const std::string& address) : settings_(std::move(settings)) {
  transport::ServerOptions options;
  options.address = address;
  server_.emplace(
      transport::HttpServer::AsyncHandler([this](const transport::ServerRequest& request,
                                                 const transport::Responder& respond) { handle(request, respond); }),
      options);
}

std::string NotifiedAcs::url() const { return server_->server->url() + "/"; }

void NotifiedAcs::handle(const transport::ServerRequest& request, const transport::Responder& respond) {
  const std::lock_guard lock(mutex_);
  if (request.body.find("Inform>") == std::string::npos || request.body.find("<Event ") == std::string::npos)
    return respond(next(request.connection));
  auto inform = read_inform(request.body);
  sessions_[request.connection] = {inform.serial, 0};
  informs_.push_back(inform);
  const auto id_element = first_between(request.body, "<cwmp:ID", "</cwmp:ID>");
  auto reply = envelope("<c:InformResponse><MaxEnvelopes>1</MaxEnvelopes></c:InformResponse>",
                        id_element.substr(id_element.find('>') + 1));
  if (inform.serial != held_) return respond(std::move(reply));
  waiting_.emplace_back([respond, reply = std::move(reply)]() mutable { respond(std::move(reply)); });
}

transport::ServerReply NotifiedAcs::next(std::uint64_t connection) {
  auto& [serial, step] = sessions_[connection];
  if (!done_[serial] && step == 0) {
    ++step;
    std::string list;
    for (const auto& name : settings_.notified) {
      list += fmt::format(
          "<SetParameterAttributesStruct><Name>{}{}</Name><NotificationChange>1</NotificationChange><Notification>2"
          "</Notification><AccessListChange>0</AccessListChange><AccessList "
          "e:arrayType=\"xsd:string[0]\"></AccessList></SetParameterAttributesStruct>",
          kRoot, name);
    }
    return envelope(fmt::format("<c:SetParameterAttributes><ParameterList e:arrayType=\"c:SetParameterAttributesStruct"
                                "[{}]\">{}</ParameterList></c:SetParameterAttributes>",
                                settings_.notified.size(), list),
                    "1");
  }
  if (!done_[serial] && step == 1) {
    ++step;
    done_[serial] = true;
    std::string list;
    for (const auto& [name, value] : settings_.values)
      list += fmt::format("<ParameterValueStruct><Name>{}{}</Name><Value>{}</Value></ParameterValueStruct>", kRoot,
                          name, value);
    return envelope(fmt::format("<c:SetParameterValues><ParameterList e:arrayType=\"c:ParameterValueStruct[{}]\">{}"
                                "</ParameterList><ParameterKey></ParameterKey></c:SetParameterValues>",
                                settings_.values.size(), list),
                    "2");
  }
  transport::ServerReply reply;
  reply.status = 204;
  return reply;
}

std::vector<NotifiedAcs::Inform> NotifiedAcs::informs() const {
  const std::lock_guard lock(mutex_);
  return informs_;
}

std::size_t NotifiedAcs::count(const std::string& event, const std::string& serial) const {
  const auto all = informs();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Inform& inform) {
    return inform.has(event) && (serial.empty() || inform.serial == serial);
  }));
}

bool NotifiedAcs::wait_for(const std::function<bool()>& what) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!what()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

std::string NotifiedAcs::told(const std::string& serial, const std::string& name) const {
  std::string out;
  for (const auto& inform : informs()) {
    const auto found = inform.values.find(name);
    if (inform.serial == serial && found != inform.values.end()) out = found->second;
  }
  return out;
}

void NotifiedAcs::hold(const std::string& serial) {
  const std::lock_guard lock(mutex_);
  held_ = serial;
}

void NotifiedAcs::release() {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    held_.clear();
    waiting = std::exchange(waiting_, {});
  }
  for (auto& respond : waiting) respond();
}

}  // namespace cpefleet::test
