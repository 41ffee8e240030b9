// SPDX-License-Identifier: Apache-2.0
#include "own_profile.hpp"

using namespace cpefleet;
using namespace cpefleet::profile;
using namespace cpefleet::profile::test;

TEST_CASE("a profile of one's own is found beside the shipped ones, the newest firmware is the default") {
  const Loaded own(kMinimal);
  REQUIRE_MESSAGE(own.profile, own.messages());
  CHECK(own.profile->name == "own");
  REQUIRE(own.profile->firmware.size() == 3);
  CHECK(own.profile->firmware[own.profile->default_firmware].version == "1.10");
}

TEST_CASE("a profile is loaded by file name too, and once") {
  const TempDirectory directory;
  directory.write("own.yaml", kMinimal);
  Loader loader({shipped_directory()});
  Diagnostics diagnostics;
  const auto profile = loader.load(directory.path() + "/own.yaml", diagnostics);
  REQUIRE(profile);
  CHECK(loader.load(directory.path() + "/own.yaml", diagnostics) == profile);
  CHECK(loader.load(shipped_directory() + "/gxp2170.yaml", diagnostics) != nullptr);
}

TEST_CASE("an unknown profile names the nearest one") {
  Loader loader({shipped_directory()});
  for (const auto& [asked, said] : {std::pair{"gxp2171", "no such profile (did you mean \"gxp2170\"?)"},
                                    std::pair{"../profiles/gxp2170", "no such profile"},
                                    std::pair{"", "no such profile"}, std::pair{"nothing.yaml", "no such profile"}}) {
    Diagnostics diagnostics;
    CHECK(loader.load(asked, diagnostics) == nullptr);
    REQUIRE(diagnostics.size() == 1);
    CHECK(diagnostics.list()[0].message.starts_with(said));
  }
}

TEST_CASE("a profile extends another and says only what differs") {
  const Loaded own(R"(version: 1
profile: own
extends: gxp2170
identity: { product_class: GXP2140, serial: "{mac}" }
datamodel:
  set:
    Device.DeviceInfo.DeviceStatus: Initializing
    "Device.Services.VoiceService.1.VoiceProfile.3.Name": third
quirks: [ { GQ077: { longest: 5m } } ]
boot_time: 90s
user_agent: mine
cwmp: { version: "1.1", connection_request_port: 8000 }
firmware: { 2.0: }
)");
  REQUIRE_MESSAGE(own.profile, own.messages());
  CHECK(own.profile->identity.manufacturer == "Grandstream");
  CHECK(own.profile->identity.product_class == "GXP2140");
  CHECK(own.profile->boot_time == std::chrono::seconds{90});
  CHECK(own.profile->user_agent == "mine");
  CHECK(own.profile->cwmp_1_1);
  CHECK(own.profile->connection_request_port == 8000);
  CHECK(own.profile->firmware.size() == 1);
  CHECK(own.profile->pvalues.count("P271") == 1);
  CHECK(own.profile->quirks.back().parameters.at("longest") == "5m");
  const FactoryDevice device(own.profile->firmware[0]);
  CHECK(device.value("Device.DeviceInfo.DeviceStatus") == "Initializing");
  CHECK(device.value("Device.Services.VoiceService.1.VoiceProfile.3.Name") == "third");
  CHECK(device.value("Device.Services.VoiceService.1.VoiceProfile.4.Name").empty());
}

TEST_CASE("a firmware adds, removes and renames against the profile's model, not against the last one") {
  const auto text = std::string(kMinimal.substr(0, kMinimal.find("firmware:"))) + R"(firmware:
  1.0: { remove: [Device.Time.], set: { Device.DeviceInfo.DeviceStatus: Up } }
  1.1:
    rename: { Device.Time.NTPServer1: Device.Time.X_OWN_Server }
    add:
      Device.X_OWN.Mode: { type: string, writable: true, enum: [a, b], default: b, from: "reported: a user" }
      "Device.X_OWN.Row.{i}.": { writable: true, max_rows: 2 }
      "Device.X_OWN.Row.1.Count": { type: unsignedInt, range: "5..9" }
  1.2:
    rows: { "Device.LAN.TraceRouteDiagnostics.RouteHops.": { list: [ { HopHost: a }, { HopHost: b } ] } }
)";
  const Loaded good(text);
  REQUIRE_MESSAGE(good.profile, good.messages());
  const FactoryDevice first(good.profile->firmware[0]);
  CHECK_FALSE(first.has("Device.Time."));
  const FactoryDevice second(good.profile->firmware[1]);
  CHECK(second.has("Device.Time.X_OWN_Server"));
  CHECK_FALSE(second.has("Device.Time.NTPServer1"));
  CHECK(second.value("Device.X_OWN.Mode") == "b");
  CHECK(second.value("Device.X_OWN.Row.1.Count") == "5");
  const auto& mode = second.schema->node(second.schema->find("Device.X_OWN.Mode"));
  CHECK(mode.origin == "reported: a user");
  const FactoryDevice third(good.profile->firmware[2]);
  CHECK(third.has("Device.Time.NTPServer1"));
  CHECK(third.value("Device.LAN.TraceRouteDiagnostics.RouteHops.2.HopHost") == "b");
  CHECK(third.value("Device.LAN.TraceRouteDiagnostics.NumberOfRouteHops") == "2");
}

TEST_CASE("ranges make rows and overrides, {i} is for all") {
  const auto own = with_set(R"(    "Device.Services.VoiceService.1.VoiceProfile.{1..3}.Name": three
    "Device.Services.VoiceService.1.VoiceProfile.2.Name": { default: two }
    "Device.Services.VoiceService.{i}.VoiceProfile.{i}.Name": any
    "Device.Services.VoiceService.{i}.VoiceProfile.{i}.Line.1.":
)");
  REQUIRE_MESSAGE(own.profile, own.messages());
  FactoryDevice device(own.profile->firmware[0]);
  const std::string profiles = "Device.Services.VoiceService.1.VoiceProfile.";
  CHECK(device.value(profiles + "1.Name") == "three");
  CHECK(device.value(profiles + "2.Name") == "two");
  CHECK(device.has(profiles + "3.Line.1."));
  CHECK_FALSE(device.has(profiles + "4."));
  REQUIRE(device.model.add_row(device.model.find(profiles)->key).fault == 0);
  CHECK(device.value(profiles + "4.Name") == "any");
  CHECK(device.has(profiles + "4.Line.1."));
}

TEST_CASE("a path that does not exist is a mistake with its place and the nearest path") {
  const auto own = with_set("    Device.DeviceInfo.UpTme: { computed: up_time }\n");
  CHECK(own.profile == nullptr);
  CHECK(own.messages() ==
        "own.yaml:7:5: \"Device.DeviceInfo.UpTme\" is not in the data model (did you mean "
        "\"Device.DeviceInfo.UpTime\"?)\n");
}

TEST_CASE("every mistake of a file is said at once, with line and column") {
  const Loaded own(R"(version: 2
profile: other
identity: { oui: 000b82, seriall: x, serial: "{mac" }
datamodel:
  standard: [tr-106-1.3, tr-104-1.0]
  set:
    Device.Nothing: 1
quirks: [GQ999, [1]]
bot_time: 3s
boot_time: soon
cwmp: { version: 1.2, connection_request_port: 99999 }
pvalues: { X1: Device.Nothing }
)");
  CHECK(own.profile == nullptr);
  CAPTURE(own.messages());
  for (const auto* said :
       {"own.yaml:1:10: ", "own.yaml:2:10: ", "own.yaml:3:18: ", "own.yaml:3:26: ", "own.yaml:3:46: ",
        "own.yaml:5:14: unknown model", "own.yaml:7:5: ", "own.yaml:8:10: unknown quirk \"GQ999\"",
        "own.yaml:8:17: ", "own.yaml:9:1: ", "own.yaml:10:12: ", "own.yaml:11:18: ", "own.yaml:11:48: ",
        "own.yaml:12:12: ", "own.yaml:12:16: ", "own.yaml: a profile names at least one version"}) {
    CAPTURE(said);
    CHECK(own.messages().find(said) != std::string::npos);
  }
}

TEST_CASE("a value its parameter cannot have is a mistake where it is written") {
  const auto own = with_set(R"(    Device.ManagementServer.PeriodicInformInterval: 0
    Device.LAN.AddressingType: { default: Magic }
    Device.ManagementServer.UpgradesManaged: maybe
    Device.ManagementServer.STUNEnable: true
    Device.DeviceInfo.Manufacturer: { identity: "{mak}" }
    Device.DeviceInfo.Description: { default: a, identity: b }
    Device.DeviceInfo.ModelName: { default: a, from: hearsay }
    Device.DeviceInfo.SerialNumber: { default: a, from: documented }
)");
  CHECK(own.profile == nullptr);
  CAPTURE(own.messages());
  // What the file says wrongly comes first; values are held against the model when it is complete.
  for (const auto* said : {"own.yaml:11:49: ", "own.yaml:12:36: only one of", "own.yaml:13:54: ", "own.yaml:14:57: "}) {
    CAPTURE(said);
    CHECK(own.messages().find(said) != std::string::npos);
  }
  const auto values = with_set(R"(    Device.ManagementServer.PeriodicInformInterval: 0
    Device.LAN.AddressingType: { default: Magic }
    Device.ManagementServer.UpgradesManaged: maybe
    Device.ManagementServer.STUNEnable: true
)");
  CHECK(values.profile == nullptr);
  CHECK(values.messages() ==
        "own.yaml:7:53: \"0\" is no value of Device.ManagementServer.PeriodicInformInterval: out of range\n"
        "own.yaml:8:43: \"Magic\" is no value of Device.LAN.AddressingType: none of the values allowed\n"
        "own.yaml:9:46: \"maybe\" is no value of Device.ManagementServer.UpgradesManaged: no boolean\n");
}

TEST_CASE("profiles that extend themselves, or what there is not, are refused") {
  const Loaded self("version: 1\nprofile: own\nextends: own\n");
  CHECK(self.messages() == "own.yaml:3:10: a profile cannot extend itself\n");
  const Loaded ring("version: 1\nprofile: own\nextends: other\n", [](const TempDirectory& d) {
    d.write("other.yaml", "version: 1\nprofile: other\nextends: own\n");
  });
  CHECK(ring.messages() == "other.yaml:3:10: a profile cannot extend itself\n");
  const Loaded outside("version: 1\nprofile: own\nextends: ../own\n");
  CHECK(outside.messages() == "own.yaml:3:10: `extends`: there is no profile \"../own\"\n");
}

TEST_CASE("hostile files are refused and nothing else happens") {
  for (const auto& text :
       {std::string(), std::string("[1, 2]"), std::string("text"), std::string("version: 1\nprofile: [own]\n"),
        std::string(200'000, '['), std::string("\0\1\2", 3), std::string("a: &a [*a]\n"),
        std::string("version: 1\nprofile: own\nfirmware: []\n"),
        std::string("version: 1\nprofile: own\nfirmware: {}\ndatamodel: 3\nquirks: {}\npvalues: []\n"),
        std::string("version: 1\nprofile: own\ndatamodel: { standard: {}, set: [], rows: 1, add: 2, remove: 3, "
                    "rename: 4, import: 5, include: 6 }\nfirmware: { 1: }\n")}) {
    const Loaded own(text);
    CHECK(own.profile == nullptr);
    CHECK_FALSE(own.diagnostics.empty());
  }
}

TEST_CASE("wrong paths and rows in every section are said") {
  const Loaded own(in_datamodel(R"(  remove: [Device.Nothing, "Device.Services.VoiceService.1."]
  rename: { Device.LAN.: Device.WAN., Device.Time.NTPServer1: "Device.Time.1" }
  add:
    Device.LAN.IPAddress: { type: string }
    Device.X: { writable: true }
    Device.Y: { type: text }
    Device.LAN.IPAddress.Z: { type: string }
  rows:
    Device.LAN.: { list: [] }
    "Device.LAN.TraceRouteDiagnostics.RouteHops.": { list: [ 1, { Nothing: 2 } ] }
    "Device.Services.VoiceService.{i}.Capabilities.Codecs.": { from: assumed }
  set:
    "Device.Services.VoiceService.{9..1}.": {}
    "Device.Services.VoiceService.{i}.": { max_rows: 70000, limit: Device.Nothing }
    Device.LAN: 1
)"));
  CHECK(own.profile == nullptr);
  CAPTURE(own.messages());
  for (const int line : {6, 7, 9, 10, 11, 12, 14, 15, 16, 18, 19, 20}) {
    CAPTURE(line);
    CHECK(own.messages().find("own.yaml:" + std::to_string(line) + ':') != std::string::npos);
  }
}

TEST_CASE("a profile may force more parameters into every Inform [I-11]") {
  const auto own = with_set("    Device.DeviceInfo.UpTime: { forced_inform: true }\n");
  REQUIRE_MESSAGE(own.profile, own.messages());
  const auto& forced = own.profile->firmware[0].schema->forced_inform();
  CHECK(forced.size() == 7);
  CHECK(std::any_of(forced.begin(), forced.end(), [](const auto& p) { return p.path == "Device.DeviceInfo.UpTime"; }));
}
