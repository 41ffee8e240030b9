// SPDX-License-Identifier: Apache-2.0
#include "cwmp/soap_requests.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/text.hpp"

// Absent or empty, by the XSD: every argument must be there, though a key that is absent counts as empty; strings and
// a ParameterList of values may be empty (P-34), other lists may not. Texts that a device keeps for later have the
// length of the XSD, others are the device's to judge.
namespace cpefleet::cwmp {
namespace {

constexpr std::size_t kLongestAccessEntry = 64;
constexpr std::size_t kLongestText = 256;       // URL, Username, ...
constexpr std::size_t kLongestType = 64;        // FileType, WindowMode
constexpr std::size_t kMostAccessEntries = 64;  // each is kept once for every parameter it is asked of

template <class Request>
AcsRequest without_arguments(xml::Element message, ArgumentReader& reader) {
  Fields(message, {}, reader);
  return Request{};
}

template <class Request>
AcsRequest with_command_key(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"CommandKey"}, reader);
  return Request{reader.key(fields[0], "CommandKey")};
}

std::uint32_t unsigned_int(xml::Element element, std::string_view name, ArgumentReader& reader) {
  return static_cast<std::uint32_t>(reader.integer(element, name, 0, std::numeric_limits<std::uint32_t>::max()));
}

int any_int(xml::Element element, std::string_view name, ArgumentReader& reader) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kGreatest = std::numeric_limits<std::int32_t>::max();
  return static_cast<int>(reader.integer(element, name, kLeast, kGreatest));
}

SetValue set_value(xml::Element structure, ArgumentReader& reader) {
  const Fields fields(structure, {"Name", "Value"}, reader);
  SetValue set{reader.text(fields[0], "Name"), reader.text(fields[1], "Value"), {}};
  bool typed = false;
  const std::string_view type = fields[1].attribute("type", &typed);
  if (!typed) reader.finding("E-5", "Value without xsi:type");
  set.declared_type = shortened(trim(type.substr(type.rfind(':') + 1)));
  return set;
}

AcsRequest set_parameter_values(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"ParameterList", "ParameterKey"}, reader);
  SetParameterValues request;
  const auto members = reader.members(fields[0], "ParameterList", "ParameterValueStruct");
  request.values.reserve(members.size());
  for (const xml::Element structure : members) request.values.push_back(set_value(structure, reader));
  request.parameter_key = reader.key(fields[1], "ParameterKey");
  return request;
}

std::vector<std::string> parameter_names(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"ParameterNames"}, reader);
  std::vector<std::string> names = reader.strings(fields[0], "ParameterNames");
  if (names.empty()) reader.fail("ParameterNames is empty");
  return names;
}

AcsRequest get_parameter_values(xml::Element message, ArgumentReader& reader) {
  return GetParameterValues{parameter_names(message, reader)};
}

AcsRequest get_parameter_attributes(xml::Element message, ArgumentReader& reader) {
  return GetParameterAttributes{parameter_names(message, reader)};
}

AcsRequest get_parameter_names(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"ParameterPath", "NextLevel"}, reader);
  return GetParameterNames{reader.text(fields[0], "ParameterPath"), reader.boolean(fields[1], "NextLevel")};
}

SetParameterAttribute set_attribute(xml::Element structure, ArgumentReader& reader) {
  const Fields fields(structure, {"Name", "NotificationChange", "Notification", "AccessListChange", "AccessList"},
                      reader);
  SetParameterAttribute set;
  set.name = reader.text(fields[0], "Name");
  set.notification_change = reader.boolean(fields[1], "NotificationChange");
  set.access_list_change = reader.boolean(fields[3], "AccessListChange");
  // A value that is to be ignored need not be readable (P-61). The range of Notification is the device's affair (P-62).
  if (set.notification_change) {
    set.notification = any_int(fields[2], "Notification", reader);
  } else if (!fields[2]) {
    reader.finding("E-4", "Notification is missing");
  }
  if (set.access_list_change) {
    set.access_list = reader.strings(fields[4], "AccessList", kLongestAccessEntry);
    if (set.access_list.size() > kMostAccessEntries) reader.fail("AccessList has too many entries");
  } else if (!fields[4]) {
    reader.finding("E-4", "AccessList is missing");
  }
  return set;
}

AcsRequest set_parameter_attributes(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"ParameterList"}, reader);
  SetParameterAttributes request;
  for (const xml::Element structure : reader.members(fields[0], "ParameterList", "SetParameterAttributesStruct")) {
    request.attributes.push_back(set_attribute(structure, reader));
  }
  if (request.attributes.empty()) reader.fail("ParameterList is empty");
  return request;
}

template <class Request>
AcsRequest object_request(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"ObjectName", "ParameterKey"}, reader);
  return Request{reader.text(fields[0], "ObjectName"), reader.key(fields[1], "ParameterKey")};
}

AcsRequest schedule_inform(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"DelaySeconds", "CommandKey"}, reader);
  return ScheduleInform{unsigned_int(fields[0], "DelaySeconds", reader), reader.key(fields[1], "CommandKey")};
}

// The five arguments that every transfer begins with.
template <class Request>
Request transfer(const Fields& fields, ArgumentReader& reader) {
  Request request;
  request.command_key = reader.key(fields[0], "CommandKey");
  request.file_type = reader.text(fields[1], "FileType", kLongestType);
  request.url = reader.text(fields[2], "URL", kLongestText);
  request.username = reader.text(fields[3], "Username", kLongestText);
  request.password = reader.text(fields[4], "Password", kLongestText);
  return request;
}

AcsRequest download(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message,
                      {"CommandKey", "FileType", "URL", "Username", "Password", "FileSize", "TargetFileName",
                       "DelaySeconds", "SuccessURL", "FailureURL"},
                      reader);
  auto request = transfer<Download>(fields, reader);
  request.file_size = unsigned_int(fields[5], "FileSize", reader);
  request.target_file_name = reader.text(fields[6], "TargetFileName", kLongestText);
  request.delay_seconds = unsigned_int(fields[7], "DelaySeconds", reader);
  request.success_url = reader.text(fields[8], "SuccessURL", kLongestText);
  request.failure_url = reader.text(fields[9], "FailureURL", kLongestText);
  return request;
}

AcsRequest upload(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"CommandKey", "FileType", "URL", "Username", "Password", "DelaySeconds"}, reader);
  auto request = transfer<Upload>(fields, reader);
  request.delay_seconds = unsigned_int(fields[5], "DelaySeconds", reader);
  return request;
}

TimeWindow time_window(xml::Element structure, ArgumentReader& reader) {
  const Fields fields(structure, {"WindowStart", "WindowEnd", "WindowMode", "UserMessage", "MaxRetries"}, reader);
  TimeWindow window;
  window.start = unsigned_int(fields[0], "WindowStart", reader);
  window.end = unsigned_int(fields[1], "WindowEnd", reader);
  window.mode = reader.text(fields[2], "WindowMode", kLongestType);
  window.user_message = reader.text(fields[3], "UserMessage", kLongestText);
  window.max_retries = any_int(fields[4], "MaxRetries", reader);
  return window;
}

AcsRequest schedule_download(xml::Element message, ArgumentReader& reader) {
  constexpr std::size_t kMostWindows = 2;
  const Fields fields(
      message,
      {"CommandKey", "FileType", "URL", "Username", "Password", "FileSize", "TargetFileName", "TimeWindowList"},
      reader);
  auto request = transfer<ScheduleDownload>(fields, reader);
  request.file_size = unsigned_int(fields[5], "FileSize", reader);
  request.target_file_name = reader.text(fields[6], "TargetFileName", kLongestText);
  const auto windows = reader.members(fields[7], "TimeWindowList", "TimeWindowStruct");
  if (windows.empty()) reader.fail("TimeWindowList is empty");
  if (windows.size() > kMostWindows) reader.fail("TimeWindowList has more than two windows");
  for (const xml::Element structure : windows) {
    if (!reader.failed()) request.windows.push_back(time_window(structure, reader));
  }
  return request;
}

struct Method {
  std::string_view name;
  AcsRequest (*decode)(xml::Element, ArgumentReader&);
};

constexpr std::array kMethods = std::to_array<Method>({
    {"GetParameterValues", get_parameter_values},
    {"SetParameterValues", set_parameter_values},
    {"GetParameterNames", get_parameter_names},
    {"GetParameterAttributes", get_parameter_attributes},
    {"SetParameterAttributes", set_parameter_attributes},
    {"AddObject", object_request<AddObject>},
    {"DeleteObject", object_request<DeleteObject>},
    {"Reboot", with_command_key<Reboot>},
    {"FactoryReset", without_arguments<FactoryReset>},
    {"ScheduleInform", schedule_inform},
    {"GetRPCMethods", without_arguments<GetRPCMethods>},
    {"Download", download},
    {"Upload", upload},
    {"GetQueuedTransfers", without_arguments<GetQueuedTransfers>},
    {"GetAllQueuedTransfers", without_arguments<GetAllQueuedTransfers>},
    {"ScheduleDownload", schedule_download},
    {"CancelTransfer", with_command_key<CancelTransfer>},
});

}  // namespace

AcsRequest decode_request(xml::Element message, std::string_view method, ArgumentReader& reader) {
  const auto* known = std::ranges::find(kMethods, method, &Method::name);
  if (known == kMethods.end()) return UnknownMethod{shortened(method, 256)};
  AcsRequest request = known->decode(message, reader);
  if (reader.failed()) return BadArguments{std::string(method), reader.why()};
  return request;
}

}  // namespace cpefleet::cwmp
