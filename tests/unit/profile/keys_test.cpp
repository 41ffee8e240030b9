// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "own_profile.hpp"

// The keys `voice:`, `methods:` and `generate:` of a profile.
using namespace cpefleet;
using namespace cpefleet::profile;
using namespace cpefleet::profile::test;
using datamodel::Generator;
using namespace std::chrono_literals;

namespace {

Loaded with_key(std::string_view lines) { return Loaded(std::string(kMinimal) + std::string(lines)); }

// The generator of a parameter that is set to what `text` says.
struct Generated {
  Loaded own;
  const Generator* generator = nullptr;

  explicit Generated(std::string_view text, std::string_view path = "Device.LAN.Stats.TotalPacketsSent")
      : own(with_set("    " + std::string(path) + ": " + std::string(text) + "\n")) {
    REQUIRE_MESSAGE(own.profile, own.messages());
    const auto& schema = *own.profile->firmware[0].schema;
    const auto& node = schema.node(schema.find(path));
    CHECK(node.source == datamodel::Source::generated);
    generator = node.generator.get();
    REQUIRE(generator != nullptr);
  }
};

// What is said about `generate: TEXT` of a counter, from line 7 and the column of TEXT on.
std::string said(std::string_view text, std::string_view path = "Device.LAN.Stats.TotalPacketsSent") {
  const auto own = with_set("    " + std::string(path) + ": { generate: " + std::string(text) + " }\n");
  CHECK(own.profile == nullptr);
  return own.messages();
}

}  // namespace

TEST_SUITE_BEGIN("profile.keys");

TEST_CASE("without `voice` a line registers for two seconds, and always can") {
  const Loaded own(kMinimal);
  REQUIRE_MESSAGE(own.profile, own.messages());
  CHECK(own.profile->voice.registering == 2s);
  CHECK(own.profile->voice.failing == 0);
  CHECK(own.profile->methods.empty());
}

TEST_CASE("`voice` says how long a registration takes and what share of them fails") {
  const auto own = with_key("voice: { registering: 500ms, failing: 5% }\n");
  REQUIRE_MESSAGE(own.profile, own.messages());
  CHECK(own.profile->voice.registering == 500ms);
  CHECK(own.profile->voice.failing == doctest::Approx(0.05));
}

TEST_CASE("of `voice`, a profile says only what differs from the one it extends") {
  const Loaded own("version: 1\nprofile: own\nextends: base\nvoice: { failing: 0.25 }\n",
                   [](const TempDirectory& directory) {
                     auto base = std::string(kMinimal) + "voice: { registering: 7s, failing: 1% }\n";
                     base.replace(base.find("profile: own"), 12, "profile: base");
                     directory.write("base.yaml", base);
                   });
  REQUIRE_MESSAGE(own.profile, own.messages());
  CHECK(own.profile->voice.registering == 7s);
  CHECK(own.profile->voice.failing == 0.25);
}

TEST_CASE("mistakes under `voice` are said with their places") {
  const auto own = with_key("voice: { registering: soon, failing: 120%, lines: 3 }\n");
  CHECK(own.profile == nullptr);
  CAPTURE(own.messages());
  CHECK(own.diagnostics.size() == 3);
  for (const auto* place : {"own.yaml:7:23: ", "own.yaml:7:38: ", "own.yaml:7:44: "}) {
    CAPTURE(place);
    CHECK(own.messages().find(place) != std::string::npos);
  }
  CHECK(with_key("voice: [registering]\n").messages().starts_with("own.yaml:7:8: "));
}

TEST_CASE("without `diagnostics` every host is near, and nothing is lost") {
  const Loaded own(kMinimal);
  REQUIRE_MESSAGE(own.profile, own.messages());
  const auto& how = own.profile->diagnostics;
  CHECK(how.path.loss == 0);
  CHECK(how.path.median == 20ms);
  CHECK(how.path.p99 == 80ms);
  CHECK(how.path.hops == 8);
  CHECK(how.origin == "assumed");
  CHECK(how.resolves("acs.example"));
}

TEST_CASE("`diagnostics` says what pings and trace routes find, and of which host") {
  const auto own = with_key(R"(diagnostics:
  from: "reported: a user"
  loss: 2%
  rtt: { median: 10ms, p99: 1s }
  hops: 3
  unresolvable: [Nowhere.Example]
  hosts:
    10.0.0.1: { loss: 100% }
    Far.example: { rtt: 300ms, hops: 64 }
)");
  REQUIRE_MESSAGE(own.profile, own.messages());
  const auto& how = own.profile->diagnostics;
  CHECK(how.origin == "reported: a user");
  CHECK(how.path_to("acs.example").loss == doctest::Approx(0.02));
  CHECK(how.path_to("acs.example").median == 10ms);
  CHECK(how.path_to("acs.example").p99 == 1s);
  CHECK(how.path_to("10.0.0.1").loss == 1);
  CHECK(how.path_to("10.0.0.1").median == 10ms);
  CHECK(how.path_to("far.EXAMPLE.").median == 300ms);
  CHECK(how.path_to("far.example").p99 == 300ms);
  CHECK(how.path_to("far.example").hops == 64);
  CHECK(how.path_to("far.example").loss == doctest::Approx(0.02));
  CHECK_FALSE(how.resolves("nowhere.example"));
  CHECK(how.resolves("nowhere.example.org"));
}

TEST_CASE("of `diagnostics`, a profile says only what differs from the one it extends") {
  const Loaded own(
      "version: 1\nprofile: own\nextends: base\ndiagnostics: { hops: 5, hosts: { b: { hops: 2 } }, unresolvable: d }\n",
      [](const TempDirectory& directory) {
        auto base = std::string(kMinimal) +
                    "diagnostics: { loss: 7%, hosts: { a: { loss: 1% }, b: { loss: 3% } }, unresolvable: [c] }\n";
        base.replace(base.find("profile: own"), 12, "profile: base");
        directory.write("base.yaml", base);
      });
  REQUIRE_MESSAGE(own.profile, own.messages());
  const auto& how = own.profile->diagnostics;
  CHECK(how.path.loss == doctest::Approx(0.07));
  CHECK(how.path.hops == 5);
  CHECK(how.path_to("a").loss == doctest::Approx(0.01));
  CHECK(how.path_to("b").loss == doctest::Approx(0.03));
  CHECK(how.path_to("b").hops == 2);
  CHECK_FALSE(how.resolves("c"));
  CHECK_FALSE(how.resolves("d"));
}

TEST_CASE("mistakes under `diagnostics` are said with their places") {
  for (const auto* text :
       {"[loss]", "{ loss: much }", "{ loss: 120% }", "{ rtt: soon }", "{ rtt: { p99: 3s } }", "{ rtt: [1s] }",
        "{ rtt: { median: 3s, p99: 1s } }", "{ rtt: { median: 1s, mean: 1s } }", "{ hops: 0 }", "{ hops: 256 }",
        "{ unresolvable: { a: b } }", "{ hosts: [a] }", "{ hosts: { a: 3 } }", "{ hosts: { a: { far: 3 } } }",
        "{ from: documented }", "{ jitter: 3ms }"}) {
    CAPTURE(text);
    const auto own = with_key("diagnostics: " + std::string(text) + "\n");
    CHECK(own.profile == nullptr);
    CHECK(own.diagnostics.size() == 1);
    CHECK(own.messages().starts_with("own.yaml:7:"));
  }
}

TEST_CASE("`methods` are a vendor's own, with one canned reply or fault each [P-8]") {
  const auto own = with_key(R"(methods:
  X_GRANDSTREAM_GetLog: { reply: { Size: 100, Text: "a <b>" } }
  X_000B82_Nothing: {}
  X_OWN-COM_Fail: { fault: 9801, text: no log }
)");
  REQUIRE_MESSAGE(own.profile, own.messages());
  const auto& methods = own.profile->methods;
  REQUIRE(methods.size() == 3);
  CHECK(methods[0].name == "X_GRANDSTREAM_GetLog");
  using Reply = std::vector<std::pair<std::string, std::string>>;
  CHECK(methods[0].reply == Reply{{"Size", "100"}, {"Text", "a <b>"}});
  CHECK(methods[0].fault == 0);
  CHECK(methods[1].reply.empty());
  CHECK(methods[2].fault == 9801);
  CHECK(methods[2].fault_text == "no log");
}

TEST_CASE("a profile's method takes the place of its family's of the same name") {
  const Loaded own("version: 1\nprofile: own\nextends: base\nmethods: { X_A_One: { fault: 9800 }, X_A_Three: {} }\n",
                   [](const TempDirectory& directory) {
                     auto base = std::string(kMinimal) + "methods: { X_A_One: {}, X_A_Two: {} }\n";
                     base.replace(base.find("profile: own"), 12, "profile: base");
                     directory.write("base.yaml", base);
                   });
  REQUIRE_MESSAGE(own.profile, own.messages());
  std::vector<std::string> names;
  for (const auto& method : own.profile->methods) names.push_back(method.name);
  CHECK(names == std::vector<std::string>{"X_A_Two", "X_A_One", "X_A_Three"});
  CHECK(own.profile->methods[1].fault == 9800);
}

TEST_CASE("mistakes under `methods` are said with their places") {
  const auto own = with_key(R"(methods:
  GetLog: {}
  X_A b: {}
  X_OWN_Fault: { fault: 9000 }
  X_OWN_Both: { fault: 9800, reply: { A: b } }
  X_OWN_List: { reply: [A] }
  X_OWN_Name: { reply: { 1A: b, "A<": c } }
  X_OWN_Deep: { reply: { A: { B: c } } }
  X_OWN_Word: { repli: { A: b } }
  X_OWN_Text: done
)");
  CHECK(own.profile == nullptr);
  CAPTURE(own.messages());
  for (const auto* place :
       {"own.yaml:8:3: ", "own.yaml:9:3: ", "own.yaml:10:25: ", "own.yaml:11:37: ", "own.yaml:12:24: ",
        "own.yaml:13:26: ", "own.yaml:13:33: ", "own.yaml:14:29: ", "own.yaml:15:17: ", "own.yaml:16:15: "}) {
    CAPTURE(place);
    CHECK(own.messages().find(place) != std::string::npos);
  }
  CHECK(own.diagnostics.size() == 10);
  CHECK(with_key("methods: [X_OWN_A]\n").messages() == "own.yaml:7:10: `methods` must be a map, not a list\n");
  CHECK_FALSE(with_key("methods: { X_" + std::string(63, 'a') + ": {} }\n").profile);
  CHECK(with_key("methods: { X_" + std::string(62, 'a') + ": {} }\n").profile);
}

TEST_CASE("a counter grows by an amount at each step") {
  const Generated made("{ generate: { kind: counter, every: 10s, by: 40..60 } }");
  CHECK(made.generator->kind == Generator::Kind::counter);
  CHECK(made.generator->every == 10s);
  CHECK(made.generator->min == 40);
  CHECK(made.generator->max == 60);
}

TEST_CASE("a choice is one of its values, a step lasts a minute unless it says otherwise") {
  const Generated made("{ generate: { kind: choice, of: [Up, Error] } }", "Device.DeviceInfo.DeviceStatus");
  CHECK(made.generator->kind == Generator::Kind::choice);
  CHECK(made.generator->every == 1min);
  CHECK(made.generator->values == std::vector<std::string>{"Up", "Error"});
}

TEST_CASE("a walk stays in its range and takes steps of 1 unless it says otherwise") {
  const Generated made("{ generate: { kind: walk, every: 250ms, range: -1..100 } }",
                       "Device.ManagementServer.STUNMaximumKeepAlivePeriod");
  CHECK(made.generator->kind == Generator::Kind::walk);
  CHECK(made.generator->every == 250ms);
  CHECK(made.generator->min == -1);
  CHECK(made.generator->max == 100);
  CHECK(made.generator->step == 1);
  CHECK(Generated("{ generate: { kind: walk, range: 0..100, step: 5 } }").generator->step == 5);
}

TEST_CASE("rows may have generators of their own") {
  const auto own =
      with_set(R"(    "Device.Services.VoiceService.1.VoiceProfile.{1..2}.Name": { generate: { kind: choice, of: [a] } }
    "Device.Services.VoiceService.1.VoiceProfile.2.Name": fixed
)");
  REQUIRE_MESSAGE(own.profile, own.messages());
  const FactoryDevice device(own.profile->firmware[0]);
  CHECK(device.value("Device.Services.VoiceService.1.VoiceProfile.1.Name") == "a");
  CHECK(device.value("Device.Services.VoiceService.1.VoiceProfile.2.Name") == "fixed");
}

TEST_CASE("mistakes under `generate` are said with their places") {
  const auto column = [](std::string_view text, std::string_view part) {
    // `said` writes four blanks, the path, ": { generate: " and then the text.
    const auto before = std::string_view("    Device.LAN.Stats.TotalPacketsSent: { generate: ").size();
    return "own.yaml:7:" + std::to_string(before + text.find(part) + 1) + ": ";
  };
  struct Case {
    const char* text;
    const char* at;    // the part of the text that is pointed at
    const char* says;  // of the message
  };
  for (const auto& [text, at, says] : {
           Case{"{ kind: dice, every: 3s }", "dice", "counter"},
           Case{"{ kind: counter, every: 0s, by: 1..2 }", "0s", "1ms at least"},
           Case{"{ kind: counter, every: often, by: 1..2 }", "often", "often"},
           Case{"{ kind: counter, by: 3 }", "3 ", "no range"},
           Case{"{ kind: counter, by: 3..1 }", "3..1", "is empty"},
           Case{"{ kind: counter, by: 1.. }", "1..", "both ends"},
           Case{"{ kind: counter, by: -1..2 }", "-1..2", "only grows"},
           Case{"{ kind: counter, by: 1..2, step: 3 }", "step", "has no key"},
           Case{"{ kind: walk, range: 0..9, step: 0 }", "0 }", "1"},
           Case{"{ kind: walk, range: 0..9999999999 }", "0..9", "32 bits"},
           Case{"[counter]", "[", "must be a map"},
       }) {
    const auto messages = said(text);
    CAPTURE(text);
    CAPTURE(messages);
    CHECK(messages.starts_with(column(text, at)));
    CHECK(messages.find(says) != std::string::npos);
    CHECK(std::count(messages.begin(), messages.end(), '\n') == 1);
  }
  for (const auto* text : {"{ every: 3s }", "{ kind: counter }", "{ kind: choice }", "{ kind: choice, of: [] }",
                           "{ kind: walk, step: 2 }"}) {
    const auto messages = said(text);
    CAPTURE(text);
    CAPTURE(messages);
    CHECK(messages.starts_with("own.yaml:7:"));
    CHECK(std::count(messages.begin(), messages.end(), '\n') == 1);
  }
}

TEST_CASE("a generator makes only values its parameter can have") {
  CHECK(
      said("{ kind: choice, of: [Up, Flying] }", "Device.DeviceInfo.DeviceStatus").find("\"Flying\" is no value of") !=
      std::string::npos);
  CHECK(said("{ kind: walk, range: -1..9 }").find("\"-1\" is no value of") != std::string::npos);
  CHECK(said("{ kind: counter, by: 1..2 }", "Device.DeviceInfo.DeviceStatus").find("\"0\" is no value of") !=
        std::string::npos);
}

TEST_CASE("`generate` excludes another source of the value") {
  const auto own = with_set(
      "    Device.LAN.Stats.TotalPacketsSent: { default: 3, generate: { kind: counter, every: 1s, by: 1..2 } }\n");
  CHECK(own.profile == nullptr);
  CHECK(own.messages().find("only one of") != std::string::npos);
}

TEST_SUITE_END();

TEST_CASE("`config` says what the vendor's configuration files are like") {
  const Loaded own(std::string(kMinimal) + R"(pvalues:
  P4503: Device.ManagementServer.URL
  P8209: { parameter: [Device.ManagementServer.STUNServerAddress, Device.ManagementServer.STUNServerPort], shape: "host:port" }
config:
  form: xml2
  from: "reported: a user"
  values:
    - parameters: ["Device.Services.VoiceService.{i}.VoiceProfile.{i}.Enable", "Device.Services.VoiceService.{i}.VoiceProfile.{i}.Line.{i}.Enable"]
      written: { "0": Disabled, "1": Enabled }
      from: assumed
  names:
    from: "documented: S8"
    list:
      tr069.url: P4503
      tr069.username: Device.ManagementServer.Username
      tr069.enable: { meaning: switch, default: "Yes", from: "reported: a user" }
)");
  REQUIRE_MESSAGE(own.profile, own.messages());
  CHECK(own.profile->pvalues.at("P8209").host_port);
  const auto& config = own.profile->config;
  CHECK(config.form == ConfigForm::xml2);
  CHECK(config.origin == "reported: a user");
  CHECK(config.values.size() == 2);
  CHECK(config.values.at("Device.Services.VoiceService.{i}.VoiceProfile.{i}.Enable").back().second == "Enabled");
  CHECK(config.names.at("tr069.url").parameters == own.profile->pvalues.at("P4503").parameters);
  CHECK(config.names.at("tr069.url").origin == "documented: S8");
  CHECK(config.names.at("tr069.username").parameters.size() == 1);
  CHECK(config.names.at("tr069.enable").default_value == "Yes");
  CHECK(config.names.at("tr069.enable").origin == "reported: a user");
}

TEST_CASE("mistakes in `config` are said where they are") {
  const Loaded own(std::string(kMinimal) + R"(config:
  form: xml3
  values:
    - parameters: [Device.Nothing, Device.LAN., Device.LAN.AddressingType]
      written: { "0": Magic }
    - { parameters: Device.LAN.AddressingType, written: [] }
  names:
    list: { tr069.url: P4503, tr069.username: Device.Nothing }
)");
  CHECK(own.profile == nullptr);
  CAPTURE(own.messages());
  for (const auto* said :
       {"own.yaml:8:9: ", "own.yaml:10:20: \"Device.Nothing\" is not in",
        "own.yaml:10:36: \"Device.LAN.\" is no parameter",
        "own.yaml:11:23: \"Magic\" is no value of Device.LAN.AddressingType", "own.yaml:12:7: `written`",
        "own.yaml:14:24: \"P4503\" is not under `pvalues`", "own.yaml:14:47: \"Device.Nothing\""}) {
    CAPTURE(said);
    CHECK(own.messages().find(said) != std::string::npos);
  }
  const Loaded shape(std::string(kMinimal) + "pvalues: { P1: { shape: port } }\nconfig: 3\n");
  CHECK(shape.messages().find("own.yaml:7:25: `shape`") != std::string::npos);
  CHECK(shape.messages().find("own.yaml:8:9: `config`") != std::string::npos);
}
