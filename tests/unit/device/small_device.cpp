// SPDX-License-Identifier: Apache-2.0
#include "small_device.hpp"

#include <stdexcept>
#include <utility>

#include "datamodel/schema_builder.hpp"

namespace cpefleet::test {

using datamodel::Node;
using datamodel::NodeKind;
using datamodel::Source;
using datamodel::Type;

namespace {

Node parameter(Type type, bool writable, std::string value, Source source = Source::text) {
  Node node;
  node.kind = NodeKind::parameter;
  node.type = type;
  node.writable = writable;
  node.default_value = std::move(value);
  node.source = source;
  return node;
}

Node forced(Node node) {
  node.forced_inform = true;
  return node;
}

Node hidden(Node node) {
  node.hidden = true;
  return node;
}

}  // namespace

std::shared_ptr<const datamodel::Schema> small_schema() {
  datamodel::SchemaBuilder builder;
  const auto add = [&](const char* path, Node node) {
    if (auto done = builder.add(path, std::move(node)); !done) throw std::logic_error(done.error().message());
  };
  const auto identity = [](std::string text) {
    return parameter(Type::string, false, std::move(text), Source::identity);
  };
  add("Device.DeviceInfo.SerialNumber", identity("{serial}"));
  add("Device.DeviceInfo.SoftwareVersion", forced(identity("{software_version}")));
  add("Device.DeviceInfo.UpTime", parameter(Type::unsigned_integer, false, "", Source::up_time));
  add("Device.DeviceInfo.ProvisioningCode", parameter(Type::string, true, ""));
  auto url = parameter(Type::string, true, "{acs_url}", Source::identity);
  url.max_length = 256;
  add("Device.ManagementServer.URL", std::move(url));
  add("Device.ManagementServer.Username", parameter(Type::string, true, "{acs_username}", Source::identity));
  add("Device.ManagementServer.Password", hidden(parameter(Type::string, true, "{acs_password}", Source::identity)));
  add("Device.ManagementServer.PeriodicInformEnable", parameter(Type::boolean, true, "0"));
  auto interval = parameter(Type::unsigned_integer, true, "86400");
  interval.ranges.push_back({1, 4294967295});
  add("Device.ManagementServer.PeriodicInformInterval", std::move(interval));
  add("Device.ManagementServer.PeriodicInformTime", parameter(Type::date_time, true, "0001-01-01T00:00:00Z"));
  auto key = forced(parameter(Type::string, false, ""));
  key.active_denied = true;
  add("Device.ManagementServer.ParameterKey", std::move(key));
  add("Device.ManagementServer.ConnectionRequestURL", forced(identity("{cr_url}")));
  add("Device.ManagementServer.ConnectionRequestUsername", parameter(Type::string, true, ""));
  add("Device.ManagementServer.ConnectionRequestPassword", hidden(parameter(Type::string, true, "")));
  Node profiles;
  profiles.kind = NodeKind::table;
  profiles.writable = true;
  profiles.max_rows = 3;
  profiles.factory_rows.push_back({{}, {1}});
  add("Device.Profile.{i}.", std::move(profiles));
  add("Device.Profile.{i}.Name", parameter(Type::string, true, "unnamed"));
  add("Device.ProfileNumberOfEntries", parameter(Type::unsigned_integer, false, "", Source::number_of_rows));
  builder.link_count("Device.ProfileNumberOfEntries", "Device.Profile.{i}.");
  auto built = builder.build();
  if (!built) throw std::logic_error(built.error().message());
  return *built;
}

std::shared_ptr<fleet::Group> small_group() {
  auto profile = std::make_shared<profile::Profile>();
  profile->name = "small";
  profile->identity = {"Grandstream", "000B82", "GXP2170", "{mac:lower}", "GXP2170", "V1.0A"};
  profile::Firmware firmware;
  firmware.version = "1.0.11.35";
  firmware.schema = small_schema();
  profile->firmware.push_back(std::move(firmware));
  profile->boot_time = std::chrono::seconds{20};
  auto group = std::make_shared<fleet::Group>();
  group->name = "desks";
  group->count = 10;
  group->seed = 42;
  group->firmware.push_back({&profile->firmware.front(), 1.0});
  group->profile = std::move(profile);
  group->acs_url = *Template::compile("http://127.0.0.1:7547/acs");
  group->acs_username = *Template::compile("{oui}-{serial}");
  group->acs_password = *Template::compile("secret");
  return group;
}

SmallDevice::SmallDevice(bool known)
    : group([known] {
        auto made = small_group();
        made->start_known = known;
        return made;
      }()),
      device(context(), 3) {}

device::OwnTrigger SmallDevice::session(Cause cause, bool inform_accepted) {
  device::SessionView view(device, context());
  last = view.inform(cwmp::Version::v1_0);
  events.clear();
  for (const auto& event : last.events) events.push_back(event.code);
  if (inform_accepted) view.inform_accepted();
  if (during) during(view);
  cwmp::SessionOutcome outcome;
  outcome.cause = cause;
  outcome.inform_accepted = inform_accepted;
  return device.session_ended(context(), view, outcome);
}

}  // namespace cpefleet::test
