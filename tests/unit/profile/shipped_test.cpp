// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "base/text.hpp"
#include "datamodel/check.hpp"
#include "profile/csv.hpp"
#include "profile/csv_model.hpp"
#include "profile/files.hpp"
#include "support.hpp"

using namespace cpefleet;
using namespace cpefleet::profile;
using namespace cpefleet::profile::test;

namespace {

std::shared_ptr<const Profile> shipped(std::string_view name) {
  Loader loader({shipped_directory()});
  Diagnostics diagnostics;
  auto profile = loader.load(name, diagnostics);
  REQUIRE_MESSAGE(profile != nullptr, diagnostics.text());
  CHECK(diagnostics.empty());
  return profile;
}

const Firmware& default_firmware(const Profile& profile) { return profile.firmware[profile.default_firmware]; }

constexpr auto kVoice = "Device.Services.VoiceService.1.";
std::string voice(std::string_view rest) { return kVoice + std::string(rest); }

}  // namespace

TEST_CASE("the shipped profiles are found and load without a word") {
  const Loader loader({shipped_directory()});
  CHECK(loader.names() == std::vector<std::string>{"dp750", "gxp2170", "ht802"});
  for (const auto& name : loader.names()) {
    const auto profile = shipped(name);
    CHECK(profile->name == name);
    CHECK(profile->identity.manufacturer == "Grandstream");
    CHECK(profile->identity.oui == "000B82");
    CHECK(profile->find_firmware("0.0") == nullptr);
    for (const auto& firmware : profile->firmware) CHECK(profile->find_firmware(firmware.version) == &firmware);
  }
}

TEST_CASE("every default firmware has every parameter of the guide's profiles [M-1, M-18]") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    const auto profile = shipped(name);
    const auto& schema = *default_firmware(*profile).schema;
    int found = 0;
    for (const auto& standard : standards()) {
      Diagnostics diagnostics;
      const auto file = shipped_directory() + "/data/" + std::string(standard.file);
      const auto table = Csv::parse(*read_file(file), file, standard_columns(), diagnostics);
      for (std::size_t row = 0; row < table.rows(); ++row) {
        if (table.cell(row, "in_guide") != "1" || table.cell(row, "kind") != "parameter") continue;
        CHECK_MESSAGE(schema.find(table.cell(row, "path")) != datamodel::kNoNode, name, table.cell(row, "path"));
        ++found;
      }
    }
    CHECK(found == 88 + 102);
  }
}

TEST_CASE("every Inform has exactly the parameters the standard forces [I-8]") {
  const std::set<std::string> expected{"Device.DeviceSummary",
                                       "Device.DeviceInfo.HardwareVersion",
                                       "Device.DeviceInfo.SoftwareVersion",
                                       "Device.ManagementServer.ConnectionRequestURL",
                                       "Device.ManagementServer.ParameterKey",
                                       "Device.LAN.IPAddress"};
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    const auto profile = shipped(name);
    for (const auto& firmware : profile->firmware) {
      std::set<std::string> forced;
      for (const auto& parameter : firmware.schema->forced_inform()) forced.insert(parameter.path);
      CHECK(forced == expected);
    }
  }
}

TEST_CASE("every value a device has from the factory is one its parameter may have") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    const auto profile = shipped(name);
    for (const auto& firmware : profile->firmware) {
      const FactoryDevice device(firmware);
      device.model.walk(*device.model.find(""), [&](const datamodel::Model::Visit& visit) {
        if (visit.node->kind != datamodel::NodeKind::parameter || visit.path.ends_with(".DiagnosticsState")) return;
        if (visit.node->source == datamodel::Source::identity || !visit.node->overrides.empty()) return;
        // Counted or limited by nothing but the device: TR-104 has no empty codec, an idle line has no codec.
        std::string canonical;
        const auto text = device.model.stored_value(visit.place->key);
        const auto verdict = datamodel::check_text(*device.schema, visit.place->key.node, text, canonical);
        CHECK_MESSAGE(verdict.fault == 0, name, " ", std::string(visit.path), " = \"", text, "\": ", verdict.reason);
        CHECK(visit.path.size() <= 256);
      });
    }
  }
}

TEST_CASE("every node says where it comes from") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    const auto profile = shipped(name);
    for (const auto& node : default_firmware(*profile).schema->nodes()) {
      if (node.kind != datamodel::NodeKind::parameter) continue;
      const bool known = node.origin.starts_with("documented: ") || node.origin.starts_with("assumed");
      CHECK_MESSAGE(known, name, " ", node.name, ": ", node.origin);
    }
  }
}

TEST_CASE("identity, clocks, counts and secrets are not texts of the profile [M-3]") {
  const auto profile = shipped("gxp2170");
  const FactoryDevice device(default_firmware(*profile));
  CHECK(device.value("Device.ManagementServer.URL") == "{acs_url}");
  CHECK(device.value("Device.ManagementServer.Username") == "{acs_username}");
  CHECK(device.value("Device.ManagementServer.Password").empty());
  CHECK(device.value("Device.ManagementServer.ConnectionRequestURL") == "{cr_url}");
  CHECK(device.value("Device.ManagementServer.ConnectionRequestUsername").empty());
  CHECK(device.value("Device.LAN.IPAddress") == "{lan_ip}");
  CHECK(device.value("Device.LAN.MACAddress") == "{mac:colons}");
  CHECK(device.value("Device.DeviceInfo.SoftwareVersion") == "{software_version}");
  CHECK(device.value("Device.DeviceInfo.SerialNumber") == "{serial}");
  CHECK(device.value("Device.DeviceInfo.UpTime") == "1");
  CHECK(device.value("Device.Time.CurrentLocalTime") == "2026-11-23T01:02:03Z");
  CHECK(device.value("Device.Services.VoiceServiceNumberOfEntries") == "1");
  CHECK(device.value(voice("VoiceProfileNumberOfEntries")) == "6");
  CHECK(device.value(voice("VoiceProfile.6.NumberOfLines")) == "1");
}

TEST_CASE("names of a vendor's own begin with X_, his OUI or name and another underscore [M-8]") {
  const std::set<std::string> standard = [] {
    std::set<std::string> out;
    for (const auto& model : standards()) {
      Diagnostics diagnostics;
      const auto file = shipped_directory() + "/data/" + std::string(model.file);
      const auto table = Csv::parse(*read_file(file), file, standard_columns(), diagnostics);
      for (std::size_t row = 0; row < table.rows(); ++row) {
        for (const auto part : split(table.cell(row, "path"), '.')) out.emplace(part);
      }
    }
    return out;
  }();
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    const auto profile = shipped(name);
    for (const auto& firmware : profile->firmware) {
      bool below_own = false;
      const FactoryDevice device(firmware);
      device.model.walk(*device.model.find(""), [&](const datamodel::Model::Visit& visit) {
        below_own = false;
        for (const auto part : split(visit.path, '.')) {
          if (part.starts_with("X_")) {
            CHECK_MESSAGE(part.find('_', 2) != std::string_view::npos, std::string(visit.path));
            below_own = true;
          }
          const bool row = parse_uint(part).has_value();
          // Of the others the vendor's own model file has names without X_ ("AvailableEnable").
          const bool known = part.empty() || row || below_own || std::string_view(name) != "gxp2170" ||
                             standard.count(std::string(part)) != 0;
          CHECK_MESSAGE(known, name, " ", std::string(visit.path));
        }
      });
    }
  }
}

TEST_CASE("a VoiceService is there for good, profiles and lines come and go where there is room for several [T-1]") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    CAPTURE(name);
    const auto profile = shipped(name);
    const auto& schema = *default_firmware(*profile).schema;
    const FactoryDevice device(default_firmware(*profile));
    const auto writable = [&](std::string_view path) { return schema.node(schema.find(path)).writable; };
    CHECK_FALSE(writable("Device.Services.VoiceService.{i}."));
    for (const auto& [table, most] : {std::pair{"VoiceProfile.{i}.", "Capabilities.MaxProfileCount"},
                                      std::pair{"VoiceProfile.{i}.Line.{i}.", "Capabilities.MaxLineCount"}}) {
      CHECK(parse_uint(device.value(voice(most))).value() > 1);
      CHECK(writable("Device.Services.VoiceService.{i}." + std::string(table)));
    }
  }
}

TEST_CASE("SIP is the only protocol a profile can have, so its object is always there [T-2]") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    CAPTURE(name);
    const auto profile = shipped(name);
    const auto& schema = *default_firmware(*profile).schema;
    FactoryDevice device(default_firmware(*profile));
    const auto& node = schema.node(schema.find("Device.Services.VoiceService.{i}.VoiceProfile.{i}.SignalingProtocol"));
    CHECK(node.enums == std::vector<std::string>{device.value(voice("Capabilities.SignalingProtocols"))});
    CHECK(device.value(voice("VoiceProfile.1.SignalingProtocol")) == node.enums.front());
    CHECK(device.has(voice("VoiceProfile.1.SIP.")));
  }
}

TEST_CASE("a new account has the defaults of TR-104 [T-6]") {
  const auto profile = shipped("gxp2170");
  FactoryDevice device(default_firmware(*profile));
  REQUIRE(device.model.delete_row(device.model.find(voice("VoiceProfile.1."))->key) == 0);
  REQUIRE(device.model.add_row(device.model.find(voice("VoiceProfile."))->key).instance == 7);
  for (const auto& [name, value] :
       {std::pair{"Enable", "Disabled"}, std::pair{"DTMFMethod", "InBand"}, std::pair{"Line.1.Enable", "Disabled"},
        std::pair{"SIP.ProxyServerPort", "5060"}, std::pair{"SIP.RegistrarServerPort", "5060"},
        std::pair{"SIP.OutboundProxyPort", "5060"}, std::pair{"SIP.UserAgentPort", "0"},
        std::pair{"SIP.UserAgentTransport", "UDP"}, std::pair{"SIP.ProxyServerTransport", "UDP"},
        std::pair{"SIP.RegistrarServerTransport", "UDP"}})
    CHECK_MESSAGE(device.value(voice("VoiceProfile.7.") + name) == value, name);
}

TEST_CASE("codecs are told apart by EntryID, and by name and bit rate [T-11]") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    const auto profile = shipped(name);
    const FactoryDevice device(default_firmware(*profile));
    for (const auto& table : {voice("Capabilities.Codecs."), voice("VoiceProfile.1.Line.1.Codec.List.")}) {
      const auto rows = device.model.rows(device.model.find(table)->key);
      std::set<std::string> ids;
      std::set<std::string> codecs;
      for (const auto row : rows) {
        const auto path = table + std::to_string(row) + '.';
        ids.insert(device.value(path + "EntryID"));
        codecs.insert(device.value(path + "Codec") + '@' + device.value(path + "BitRate"));
      }
      CHECK_MESSAGE(ids.size() == rows.size(), name, " ", table);
      CHECK_MESSAGE(codecs.size() == rows.size(), name, " ", table);
    }
  }
}

TEST_CASE("a GXP2170 has six accounts of one line each, and no room for more [P-73, M-2]") {
  const auto profile = shipped("gxp2170");
  FactoryDevice device(default_firmware(*profile));
  CHECK(default_firmware(*profile).version == "1.0.11.106");
  CHECK(device.model.rows(device.model.find(voice("VoiceProfile."))->key) ==
        std::vector<datamodel::Instance>{1, 2, 3, 4, 5, 6});
  CHECK(device.value(voice("VoiceProfile.6.Line.1.Enable")) == "Disabled");
  CHECK(device.value(voice("VoiceProfile.6.SIP.UserAgentPort")) == "5070");
  CHECK(device.value("Device.ManagementServer.PeriodicInformInterval") == "86400");
  CHECK(device.value("Device.ManagementServer.PeriodicInformEnable") == "0");
  CHECK(device.value("Device.DeviceSummary") ==
        "Device:1.2[](Baseline:1, UDPConnReq:1, LAN:1, Time:1, IPPing:1, TraceRoute:1, Download:1, Upload:1), "
        "VoiceService:1.0[1](Endpoint:1, SIPEndpoint:1)");
  CHECK(device.model.add_row(device.model.find(voice("VoiceProfile."))->key).fault == 9004);
  CHECK(device.model.add_row(device.model.find(voice("VoiceProfile.1.Line."))->key).fault == 9004);
  CHECK_FALSE(device.has("Device.ManagementServer.X_GRANDSTREAM_ConnectionRequestPort"));
  CHECK(device.parameters() == 840);
}

TEST_CASE("every firmware has the four diagnostics its DeviceSummary names, and HTTP for their bytes [D-19]") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    const auto profile = shipped(name);
    for (const auto& firmware : profile->firmware) {
      CAPTURE(firmware.version);
      const FactoryDevice device(firmware);
      const auto summary = device.value("Device.DeviceSummary");
      for (const auto* claimed : {"IPPing:1", "TraceRoute:1", "Download:1", "Upload:1"})
        CHECK(summary.find(claimed) != std::string::npos);
      for (const auto kind : kDiagnosticKinds) CHECK(firmware.diagnostics.of(kind).state != datamodel::kNoNode);
      CHECK(firmware.diagnostics.hops != datamodel::kNoNode);
      for (const auto* transports : {"DownloadTransports", "UploadTransports"})
        CHECK(device.value("Device.Capabilities.PerformanceDiagnostic." + std::string(transports)) == "HTTP");
    }
  }
}

TEST_CASE("a new VoiceProfile has one line, disabled, with all codecs [P-74]") {
  const auto profile = shipped("gxp2170");
  FactoryDevice device(default_firmware(*profile));
  REQUIRE(device.model.delete_row(device.model.find(voice("VoiceProfile.2."))->key) == 0);
  REQUIRE(device.model.add_row(device.model.find(voice("VoiceProfile."))->key).instance == 7);
  CHECK(device.value(voice("VoiceProfile.7.NumberOfLines")) == "1");
  CHECK(device.value(voice("VoiceProfile.7.Enable")) == "Disabled");
  CHECK(device.value(voice("VoiceProfile.7.Line.1.Enable")) == "Disabled");
  for (const auto* row : {"1", "8"}) {
    CHECK(device.value(voice("VoiceProfile.7.Line.1.Codec.List.") + row + ".Codec") ==
          device.value(voice("Capabilities.Codecs.") + row + ".Codec"));
  }
  CHECK_FALSE(device.has(voice("VoiceProfile.7.Line.1.Codec.List.9.")));
  CHECK_FALSE(device.has(voice("VoiceProfile.7.Line.1.Session.1.")));
}

TEST_CASE("limits of the guide's parameters are those of the standard [P-25, P-26, D-1, D-8, D-10, M-10]") {
  const auto profile = shipped("gxp2170");
  const FactoryDevice device(default_firmware(*profile));
  std::string canonical;
  const auto fault = [&](std::string_view path, std::string_view value) {
    const auto place = device.model.find(path);
    REQUIRE_MESSAGE(place.has_value(), std::string(path));
    return device.model.check(place->key, value, "", canonical).fault;
  };
  CHECK(fault("Device.LAN.IPPingDiagnostics.DiagnosticsState", "Requested") == 0);
  CHECK(fault("Device.LAN.IPPingDiagnostics.DiagnosticsState", "None") == 9007);
  CHECK(fault("Device.DownloadDiagnostics.DiagnosticsState", "Completed") == 9007);
  CHECK(fault("Device.LAN.IPPingDiagnostics.DataBlockSize", "65535") == 0);
  CHECK(fault("Device.LAN.IPPingDiagnostics.DataBlockSize", "0") == 9007);
  CHECK(fault("Device.LAN.TraceRouteDiagnostics.MaxHopCount", "65") == 9007);
  CHECK(fault("Device.LAN.TraceRouteDiagnostics.DSCP", "64") == 9007);
  CHECK(fault("Device.UploadDiagnostics.TestFileLength", "1000") == 0);  // C9
  CHECK(fault("Device.LAN.IPAddress", "10.0.0.1") == 9008);
  CHECK(fault("Device.ManagementServer.PeriodicInformInterval", "0") == 9007);
  CHECK(fault("Device.ManagementServer.PeriodicInformInterval", "1") == 0);
  CHECK(fault("Device.ManagementServer.ParameterKey", "x") == 9008);
  CHECK(fault(voice("VoiceProfile.1.SIP.ProxyServerTransport"), "TLS") == 0);
  CHECK(fault(voice("VoiceProfile.1.SIP.ProxyServerTransport"), "SCTP") == 9007);
  CHECK(fault(voice("VoiceProfile.1.SignalingProtocol"), "SIP/2.0") == 0);
  CHECK(fault(voice("VoiceProfile.1.SignalingProtocol"), "H.323") == 9007);
  CHECK(fault(voice("VoiceProfile.1.DTMFMethodG711"), "") == 0);
  CHECK(fault(voice("VoiceProfile.1.Line.1.Enable"), "true") == 9007);
  CHECK(fault(voice("VoiceProfile.1.Line.1.SIP.AuthPassword"), std::string(129, 'x')) == 9007);
  CHECK(device.value(voice("VoiceProfile.1.Reset")) == "0");
}

TEST_CASE("active notification is refused where the standard allows to refuse it [N-6]") {
  const auto profile = shipped("gxp2170");
  const auto& schema = *default_firmware(*profile).schema;
  CHECK(schema.node(schema.find("Device.DeviceInfo.UpTime")).active_denied);
  CHECK_FALSE(schema.node(schema.find("Device.DeviceInfo.SoftwareVersion")).active_denied);
}

TEST_CASE("an HT802 has what its model file says, per firmware") {
  const auto profile = shipped("ht802");
  CHECK(default_firmware(*profile).version == "1.0.10.6");
  const FactoryDevice device(default_firmware(*profile));
  CHECK(device.model.rows(device.model.find(voice("VoiceProfile."))->key) == std::vector<datamodel::Instance>{1, 2});
  CHECK(device.value("Device.DeviceSummary").find("GatewayInfo:1") != std::string::npos);
  CHECK(device.has("Device.GatewayInfo.ManufacturerOUI"));
  CHECK(device.value(voice("VoiceProfile.2.Line.1.X_GRANDSTREAM_FXSPort")) == "2");
  CHECK(device.value("Device.ManagementServer.PeriodicInformInterval") == "300");
  CHECK(device.value("Device.ManagementServer.X_GRANDSTREAM_ConnectionRequestPort") == "7547");
  CHECK(device.value(voice("VoiceProfile.1.SIP.X_GRANDSTREAM_AvailableTelURI")) == "Disabled,UserIsPhone,Enabled");
  CHECK(device.value("Device.X_GRANDSTREAM_Upgrade.AvailableUpgradeVia") == "TFTP,HTTP,HTTPS");
  CHECK_FALSE(device.has(voice("VoiceProfile.1.Line.1.X_GRANDSTREAM_AccountID")));  // DP75x
  CHECK_FALSE(device.has(voice("VoiceProfile.1.FaxT38.BitRate")));                  // not implemented
  CHECK_FALSE(device.has("Device.LAN.X_GRANDSTREAM_NATServer.DeviceMode"));         // HT81x

  const FactoryDevice old(*profile->find_firmware("1.0.0.24"));
  CHECK(old.has(voice("VoiceProfile.1.Line.1.Codec.X_GRANDSTREAM_AAL2G73224PayloadType")));
  CHECK_FALSE(old.has(voice("VoiceProfile.1.Line.1.Codec.X_GRANDSTREAM_AAL2G72632PayloadType")));
  CHECK_FALSE(old.has(voice("VoiceProfile.1.Line.1.Stats.")));
  CHECK_FALSE(old.has("Device.X_GRANDSTREAM_SNMP."));
  CHECK(old.has("Device.LAN.X_GRANDSTREAM_PreferredDNSServer"));
  CHECK_FALSE(device.has("Device.LAN.X_GRANDSTREAM_PreferredDNSServer"));
  CHECK(old.parameters() < device.parameters());
  CHECK(profile->find_firmware("1.0.65.3")->origin == "assumed");
  CHECK(profile->find_firmware("1.0.10.6")->origin == "documented: S2");
}

TEST_CASE("a DP750 has ten lines on four profiles") {
  const auto profile = shipped("dp750");
  FactoryDevice device(default_firmware(*profile));
  std::size_t lines = 0;
  const auto profiles = device.model.rows(device.model.find(voice("VoiceProfile."))->key);
  CHECK(profiles == std::vector<datamodel::Instance>{1, 2, 3, 4});
  for (const auto row : profiles) {
    const auto path = voice("VoiceProfile.") + std::to_string(row) + '.';
    const auto count = device.model.rows(device.model.find(path + "Line.")->key).size();
    CHECK(device.value(path + "NumberOfLines") == std::to_string(count));
    lines += count;
  }
  CHECK(lines == 10);
  CHECK(device.value(voice("VoiceProfile.2.Line.5.X_GRANDSTREAM_AccountID")) == "5");
  CHECK_FALSE(device.has(voice("VoiceProfile.1.FaxT38.Enable")));
  CHECK_FALSE(device.has(voice("VoiceProfile.1.Line.1.X_GRANDSTREAM_FXSPort")));
  CHECK(device.model.add_row(device.model.find(voice("VoiceProfile.1.Line."))->key).fault == 9004);
  CHECK(profile->pvalues.count("P4518") == 0);
}

TEST_CASE("P-values and quirks of a profile are what its files list") {
  const auto profile = shipped("ht802");
  REQUIRE(profile->pvalues.count("P47") == 1);
  CHECK(profile->pvalues.at("P47").parameters.size() == 5);
  CHECK(profile->pvalues.at("P47").host_port);
  CHECK(profile->pvalues.at("P8220").parameters.empty());
  CHECK(profile->pvalues.at("P1409").default_value == "1");
  CHECK_FALSE(profile->pvalues.at("P1409").host_port);
  const auto has = [&](std::string_view id) {
    return std::any_of(profile->quirks.begin(), profile->quirks.end(), [&](const auto& q) { return q.id == id; });
  };
  CHECK(has("GQ011"));
  CHECK(has("GQ079"));
  CHECK_FALSE(has("GQ008"));
  CHECK(profile->connection_request_path == "cpe");
  CHECK(profile->find_firmware("1.0.0.24")->user_agent == "HT802 CPE-1.0.1.40 (3.2.3)");
}
