// SPDX-License-Identifier: Apache-2.0
#include "small_model.hpp"

using namespace cpefleet::datamodel;
using namespace cpefleet::datamodel::test;

TEST_CASE("a complete path is a parameter, a partial one ends with a dot, the empty one is the top [P-4]") {
  SmallDevice device;
  CHECK(device.model.find("")->key.node == kRoot);
  CHECK(device.model.find("Device.").has_value());
  CHECK(device.model.find("Device.URL").has_value());
  CHECK(device.model.find("Device.Profile.").has_value());
  CHECK_FALSE(device.model.find("Device.Profile.")->row);
  CHECK(device.model.find("Device.Profile.1.")->row);
  CHECK(device.model.find("Device.Profile.1.Name").has_value());
}

TEST_CASE("what does not exist is not found [P-5, P-41, P-78]") {
  SmallDevice device;
  for (const auto* path : {"Device",
                           ".",
                           "..",
                           "Device..",
                           "Device.URL.",
                           "device.URL",
                           "Device.Url",
                           "Device.Profile",
                           "Device.Profile.3.",
                           "Device.Profile.3.Name",
                           "Device.Profile.0.",
                           "Device.Profile.01.",
                           "Device.Profile.-1.",
                           "Device.Profile.+1.",
                           "Device.Profile.65537.",
                           "Device.Profile.99999999999999999999.",
                           "Device.Profile.[first].",
                           "Device.Profile.{i}.",
                           "Device.Profile.1",
                           "Device.Profile.1.Line.2.User",
                           "Device.Profile..Name",
                           "Device.Profile.1.1.",
                           " Device.",
                           "Device.URL ",
                           "Device.Hop.1.",
                           "Device.Profile.1.Name.1."}) {
    CAPTURE(path);
    CHECK_FALSE(device.model.find(path).has_value());
  }
  CHECK_FALSE(device.model.find(std::string(1 << 20, '.')).has_value());
  CHECK_FALSE(device.model.find(std::string("Device.\0URL", 11)).has_value());
}

TEST_CASE("every path of a walk is found again and written the same way") {
  SmallDevice device;
  std::size_t visited = 0;
  device.model.walk(*device.model.find(""), [&](const Model::Visit& visit) {
    ++visited;
    const auto place = device.model.find(visit.path);
    REQUIRE_MESSAGE(place.has_value(), std::string(visit.path));
    CHECK(place->key == visit.place->key);
    CHECK(place->row == visit.place->row);
    std::string path;
    device.model.append_path(*place, path);
    CHECK(path == visit.path);
  });
  CHECK(visited == 26);
}

TEST_CASE("a walk goes through all rows, and shows the actual instances [P-51, P-52, P-57]") {
  SmallDevice device;
  CHECK(device.paths_below("Device.Profile.2.") ==
        std::vector<std::string>{"Device.Profile.2.Line.", "Device.Profile.2.Line.1.", "Device.Profile.2.Line.1.User",
                                 "Device.Profile.2.Line.3.", "Device.Profile.2.Line.3.User", "Device.Profile.2.Lines",
                                 "Device.Profile.2.Name", "Device.Profile.2.Reset"});
  CHECK(device.paths_below("Device.Hop.").empty());
  CHECK(device.paths_below("Device.URL").empty());
}

TEST_CASE("children are one level [P-51, P-53]") {
  SmallDevice device;
  CHECK(device.paths_below("", false) == std::vector<std::string>{"Device."});
  CHECK(device.paths_below("Device.Profile.", false) ==
        std::vector<std::string>{"Device.Profile.1.", "Device.Profile.2."});
  CHECK(device.paths_below("Device.Profile.1.", false) ==
        std::vector<std::string>{"Device.Profile.1.Line.", "Device.Profile.1.Lines", "Device.Profile.1.Name",
                                 "Device.Profile.1.Reset"});
}

TEST_CASE("Writable of a parameter, a table, a row and an object [P-56]") {
  SmallDevice device;
  const auto writable = [&](std::string_view path) { return device.model.writable(*device.model.find(path)); };
  CHECK(writable("Device.URL"));
  CHECK_FALSE(writable("Device.Serial"));
  CHECK(writable("Device.Profile."));
  CHECK(writable("Device.Profile.1."));
  CHECK_FALSE(writable("Device."));
  CHECK_FALSE(writable("Device.Hop."));
}

TEST_CASE("values come from defaults, identity, time and counts") {
  SmallDevice device;
  CHECK(device.value("Device.URL") == "http://acs/");
  CHECK(device.value("Device.Serial") == "<{serial}>");
  CHECK(device.value("Device.UpTime") == "77");
  CHECK(device.value("Device.Clock") == "2026-11-23T01:02:03+01:00");
  CHECK(device.value("Device.Profiles") == "2");
  CHECK(device.value("Device.Profile.2.Lines") == "2");
  CHECK(device.value("Device.Profile.1.Reset") == "0");
}

TEST_CASE("of several overrides the one with the most places wins") {
  SmallDevice device;
  CHECK(device.value("Device.Profile.1.Name") == "first");
  CHECK(device.value("Device.Profile.2.Name") == "<{mac}>");
  CHECK(device.value("Device.Profile.1.Line.1.User") == "nobody");
  CHECK(device.value("Device.Profile.2.Line.1.User") == "second");
  CHECK(device.value("Device.Profile.2.Line.3.User") == "both");
}

TEST_CASE("of overrides with as many places the last wins") {
  auto builder = small_builder();
  builder.edit("Device.Profile.{i}.Line.{i}.User")->overrides.pop_back();
  const auto schema = *builder.build();
  Delta delta;
  const FixedSurroundings around;
  const Model model(*schema, delta, around);
  CHECK(model.value(model.find("Device.Profile.2.Line.3.User")->key) == "second");
}

TEST_CASE("a stored value is read, and forgotten when it is what it would be anyway") {
  SmallDevice device;
  device.model.store(device.key("Device.Profile.1.Name"), "mine");
  CHECK(device.value("Device.Profile.1.Name") == "mine");
  CHECK(device.value("Device.Profile.2.Name") == "<{mac}>");
  device.model.store(device.key("Device.Profile.1.Name"), "first");
  CHECK(device.delta.empty());
  device.model.store(device.key("Device.Profile.2.Name"), "<{mac}>");
  CHECK(device.delta.empty());
}

TEST_CASE("an empty value is a value") {
  SmallDevice device;
  device.model.store(device.key("Device.URL"), "");
  CHECK_FALSE(device.delta.empty());
  CHECK(device.value("Device.URL").empty());
}

TEST_CASE("a hidden parameter reads empty and keeps its text [P-30]") {
  SmallDevice device;
  const auto password = device.key("Device.Password");
  device.model.store(password, "secret");
  CHECK(device.model.value(password).empty());
  CHECK(device.model.stored_value(password) == "secret");
}

TEST_CASE("a trigger reads false whatever was written [P-31]") {
  SmallDevice device;
  device.model.store(device.key("Device.Profile.1.Reset"), "1");
  CHECK(device.value("Device.Profile.1.Reset") == "0");
  CHECK(device.delta.empty());
}

TEST_CASE("reads follow writes of the same model object") {
  SmallDevice device;
  const auto url = device.key("Device.URL");
  for (int i = 0; i < 50; ++i) {
    device.model.store(url, std::string(static_cast<std::size_t>(i), 'u'));
    CHECK(device.model.value(url).size() == static_cast<std::size_t>(i));
  }
}
