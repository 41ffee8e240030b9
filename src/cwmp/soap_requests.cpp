// SPDX-License-Identifier: Apache-2.0
#include "cwmp/soap_requests.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/text.hpp"

// Absent or empty, by the XSD: every argument must be there, though a key that is absent counts as empty; strings and
// a ParameterList of values may be empty (P-34), other lists may not.
namespace cpefleet::cwmp {
namespace {

constexpr std::size_t kLongestAccessEntry = 64;
constexpr std::size_t kMostAccessEntries = 64;  // each is kept once for every parameter it is asked of

AcsRequest get_rpc_methods(xml::Element message, ArgumentReader& reader) {
  Fields(message, {}, reader);
  return GetRPCMethods{};
}

AcsRequest factory_reset(xml::Element message, ArgumentReader& reader) {
  Fields(message, {}, reader);
  return FactoryReset{};
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
    constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
    constexpr std::int64_t kGreatest = std::numeric_limits<std::int32_t>::max();
    set.notification = static_cast<int>(reader.integer(fields[2], "Notification", kLeast, kGreatest));
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

AcsRequest reboot(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"CommandKey"}, reader);
  return Reboot{reader.key(fields[0], "CommandKey")};
}

AcsRequest schedule_inform(xml::Element message, ArgumentReader& reader) {
  const Fields fields(message, {"DelaySeconds", "CommandKey"}, reader);
  constexpr std::int64_t kGreatest = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t delay = reader.integer(fields[0], "DelaySeconds", 0, kGreatest);
  return ScheduleInform{static_cast<std::uint32_t>(delay), reader.key(fields[1], "CommandKey")};
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
    {"Reboot", reboot},
    {"FactoryReset", factory_reset},
    {"ScheduleInform", schedule_inform},
    {"GetRPCMethods", get_rpc_methods},
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
