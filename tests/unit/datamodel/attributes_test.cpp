// SPDX-License-Identifier: Apache-2.0
#include "small_model.hpp"

using namespace cpefleet::datamodel;
using namespace cpefleet::datamodel::test;

namespace {

using List = std::vector<std::string>;

void set(SmallDevice& device, std::string_view path, std::optional<std::uint8_t> notification,
         const std::optional<List>& access = std::nullopt) {
  device.model.set_attributes(*device.model.find(path), notification, access);
}
Model::Attributes get(const SmallDevice& device, std::string_view path) {
  return device.model.attributes(device.key(path));
}

}  // namespace

TEST_CASE("by default nothing is notified and everyone has access [N-1, P-64]") {
  SmallDevice device;
  CHECK(get(device, "Device.URL").notification == 0);
  CHECK(get(device, "Device.URL").access_list == List{"Subscriber"});
}

TEST_CASE("a partial path sets all parameters below, a complete one only itself [P-60]") {
  SmallDevice device;
  set(device, "Device.Profile.1.", 2);
  CHECK(get(device, "Device.Profile.1.Name").notification == 2);
  CHECK(get(device, "Device.Profile.1.Line.1.User").notification == 2);
  CHECK(get(device, "Device.Profile.2.Name").notification == 0);
  set(device, "Device.Profile.", 1);
  CHECK(get(device, "Device.Profile.1.Name").notification == 1);
  CHECK(get(device, "Device.Profile.2.Name").notification == 1);
  set(device, "Device.Profile.2.Name", 0);
  CHECK(get(device, "Device.Profile.2.Name").notification == 0);
  CHECK(get(device, "Device.URL").notification == 0);
  set(device, "", 2);
  CHECK(get(device, "Device.URL").notification == 2);
  CHECK(get(device, "Device.Profile.2.Name").notification == 2);
}

TEST_CASE("the later rule wins, whichever is the longer path [P-65]") {
  SmallDevice device;
  set(device, "Device.Profile.1.Name", 2);
  set(device, "Device.Profile.1.", 1);
  CHECK(get(device, "Device.Profile.1.Name").notification == 1);
  set(device, "Device.Profile.1.Name", 0);
  CHECK(get(device, "Device.Profile.1.Name").notification == 0);
  set(device, "Device.", 2);
  CHECK(get(device, "Device.Profile.1.Name").notification == 2);
  set(device, "Device.Profile.1.", 1);
  CHECK(get(device, "Device.Profile.1.Name").notification == 1);
}

TEST_CASE("what is not to be changed stays [P-61]") {
  SmallDevice device;
  set(device, "Device.Profile.1.Name", 2, List{"A"});
  set(device, "Device.Profile.", std::nullopt, List{});
  CHECK(get(device, "Device.Profile.1.Name").notification == 2);
  CHECK(get(device, "Device.Profile.1.Name").access_list == List{});
  set(device, "Device.Profile.1.Name", 1);
  CHECK(get(device, "Device.Profile.1.Name").access_list == List{});
  set(device, "Device.URL", std::nullopt, std::nullopt);
  CHECK(get(device, "Device.URL").notification == 0);
}

TEST_CASE("access lists of any text are read back [P-64]") {
  SmallDevice device;
  const List odd{"", "Subscriber", "3:x", "-", std::string(64, 'a'), std::string("\0+", 2)};
  set(device, "Device.URL", std::nullopt, odd);
  CHECK(get(device, "Device.URL").access_list == odd);
}

TEST_CASE("attributes go with their row") {
  SmallDevice device;
  set(device, "Device.Profile.2.", 1);
  REQUIRE(device.model.delete_row(device.key("Device.Profile.2.")) == 0);
  REQUIRE(device.model.add_row(device.key("Device.Profile.")).fault == 0);
  CHECK(get(device, "Device.Profile.3.Name").notification == 0);
}

TEST_CASE("rules that say nothing any more take no room") {
  SmallDevice device;
  for (const auto* path : {"Device.URL", "Device.Serial", "Device.Profile.1.Name", "Device.Profile.1."})
    set(device, path, 2);
  set(device, "", 1);
  int entries = 0;
  device.delta.for_each([&](const Delta::Entry&) { ++entries; });
  CHECK(entries == 1);
}

TEST_CASE("a change that was told is told no more, also of a value that changes by itself [I-9]") {
  SmallDevice device;
  set(device, "Device.", 1);
  for (const auto* path : {"Device.URL", "Device.Profile.2.Name"}) {  // the second is part of the identity
    CAPTURE(path);
    const auto key = device.key(path);
    CHECK(device.model.change(key, "a") == 1);
    REQUIRE(device.model.changes().size() == 1);
    device.model.told(key, "a");
    CHECK(device.model.changes().empty());
    CHECK(device.model.value(key) == "a");
    CHECK(get(device, path).notification == 1);
  }
}
