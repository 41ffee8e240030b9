// SPDX-License-Identifier: Apache-2.0
#include "provision/apply.hpp"

#include "support.hpp"

using namespace cpefleet;
using namespace cpefleet::provision;
using namespace cpefleet::provision::test;
using Paths = std::vector<std::string>;

namespace {

std::string voice(std::string_view rest) { return kVoice + std::string(rest); }

}  // namespace

TEST_CASE("P-values become the parameters they stand behind, all that share one") {
  Unit phone("gxp2170");
  const auto done =
      phone.apply(xml1("<P4503>http://acs.example/</P4503><P4506>1</P4506><P4507> 60 </P4507><P271>1</P271>"
                       "<P47>sip.example</P47><P34>secret</P34><P130>2</P130>"));
  CHECK(done.changed == Paths{"Device.ManagementServer.URL", "Device.ManagementServer.PeriodicInformEnable",
                              "Device.ManagementServer.PeriodicInformInterval", voice("1.Enable"),
                              voice("1.Line.1.Enable"), voice("1.SIP.RegistrarServer"), voice("1.SIP.ProxyServer"),
                              voice("1.Line.1.SIP.AuthPassword"), voice("1.SIP.UserAgentTransport"),
                              voice("1.SIP.RegistrarServerTransport")});
  CHECK(done.has_changed("Device.ManagementServer.URL"));
  CHECK_FALSE(done.has_changed("Device.ManagementServer.Username"));
  CHECK(phone.stored("Device.ManagementServer.PeriodicInformInterval") == "60");
  CHECK(phone.stored(voice("1.Line.1.Enable")) == "Enabled");
  CHECK(phone.stored(voice("1.SIP.ProxyServer")) == "sip.example");
  CHECK(phone.stored(voice("1.Line.1.SIP.AuthPassword")) == "secret");
  CHECK(phone.stored(voice("1.SIP.RegistrarServerTransport")) == "TLS");
  CHECK(done.notification == 0);
  CHECK(done.unknown + done.refused + done.unchanged + done.elsewhere.size() == 0);
}

TEST_CASE("names of version 2 say Yes and No, and may come in parts") {
  Unit phone("gxp2170");
  const auto done = phone.apply(R"(<gs_provision version="1"><config version="2">
    <item name="tr069"><part name="enable">Yes</part><part name="periodicInform">Yes</part></item>
    <item name="tr069.periodicInformInterval">300</item>
    <item name="tr069.connectionRequestPassword">x</item>
    <item name="account.1.sip.server">a</item></config></gs_provision>)");
  CHECK(done.changed == Paths{"Device.ManagementServer.PeriodicInformEnable",
                              "Device.ManagementServer.PeriodicInformInterval",
                              "Device.ManagementServer.ConnectionRequestPassword"});
  CHECK(phone.stored("Device.ManagementServer.PeriodicInformEnable") == "1");
  REQUIRE(done.elsewhere.size() == 1);
  CHECK(done.elsewhere.front().key == "tr069.enable");
  CHECK(done.elsewhere.front().value == "Yes");
  CHECK(done.unknown_keys == Paths{"account.1.sip.server"});
  const auto again = phone.apply(
      "<gs_provision><config version=\"2\"><item name=\"tr069.periodicInform\">no</item>"
      "</config></gs_provision>");
  CHECK(again.changed == Paths{"Device.ManagementServer.PeriodicInformEnable"});
}

TEST_CASE("unknown settings are counted, wrong values refused, the rest is applied") {
  Unit adapter("ht802");
  std::string text = "P4507=soon\nP4506=perhaps\nP130=7\nP212=4\nP4517=lab\nP47=a:99999\n";
  for (int i = 0; i < 20; ++i) text += "P90" + std::to_string(1000 + i) + "=1\n";
  const auto done = adapter.apply(text);
  CHECK(done.changed == Paths{"Device.DeviceInfo.ProvisioningCode"});
  CHECK(done.unknown == 20);
  CHECK(done.unknown_keys.size() == kMaxListed);
  CHECK(done.refused == 5);
  CHECK(done.refused_why == Paths{"P4507 in line 1: PeriodicInformInterval: no unsignedInt",
                                  "P4506 in line 2: PeriodicInformEnable: no boolean",
                                  "P130 in line 3: ProxyServerTransport: none of the values allowed",
                                  "P212 in line 4: UpgradeVia: none of the values allowed",
                                  "P47 in line 6: ProxyServerPort: out of range"});
  CHECK(adapter.stored("Device.ManagementServer.PeriodicInformInterval") == "300");
  CHECK(adapter.stored(voice("1.SIP.ProxyServer")).empty());
}

TEST_CASE("a file for another device changes nothing at all") {
  Unit phone("gxp2170");
  const auto file = parse("<gs_provision><mac>000b82000001</mac><config><P4507>60</P4507></config></gs_provision>");
  const auto done = apply(*file, *phone.profile, phone.device.model, kMac);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message() == "a configuration file for 000b82000001, and the device is 000b8200002a");
  CHECK(phone.stored("Device.ManagementServer.PeriodicInformInterval") == "86400");
  CHECK(phone.apply("<gs_provision><mac>000B8200002A</mac><config><P4507>60</P4507></config></gs_provision>")
            .changed.size() == 1);
}

TEST_CASE("of a key that comes again the last one counts") {
  Unit phone("gxp2170");
  const auto done = phone.apply("P4507=60\nP4507=61\nP4504=x\nP4504={acs_username}\n");
  CHECK(phone.stored("Device.ManagementServer.PeriodicInformInterval") == "61");
  CHECK(done.changed.size() == 1);
  CHECK(done.unchanged == 1);
  // Two names of one setting: the later one, also when it says what is.
  const auto both = phone.apply("P4507=99\ntr069.periodicInformInterval=61\n");
  CHECK(both.changed.empty());
}

TEST_CASE("an address and its port share a P-value (GQ028)") {
  Unit adapter("ht802");
  CHECK(adapter.apply("P47=sip.example:5070\nP8209=stun.example:3479").changed ==
        Paths{voice("1.SIP.ProxyServer"), voice("1.SIP.ProxyServerPort"), voice("1.SIP.RegistrarServer"),
              voice("1.SIP.RegistrarServerPort"), voice("1.SIP.UserAgentDomain"),
              "Device.ManagementServer.STUNServerAddress", "Device.ManagementServer.STUNServerPort"});
  CHECK(adapter.stored(voice("1.SIP.RegistrarServerPort")) == "5070");
  CHECK(adapter.stored(voice("1.SIP.UserAgentDomain")) == "sip.example");
  CHECK(adapter.apply("P47=sip.example").changed ==
        Paths{voice("1.SIP.ProxyServerPort"), voice("1.SIP.RegistrarServerPort")});
  CHECK(adapter.stored(voice("1.SIP.ProxyServerPort")) == "5060");
  CHECK(adapter.apply("P8209=").changed.size() == 2);
  CHECK(adapter.stored("Device.ManagementServer.STUNServerPort") == "3478");
}

TEST_CASE("a change by a file is told as a device's own change is") {
  Unit phone("gxp2170");
  phone.device.model.set_attributes(*phone.device.model.find("Device.ManagementServer."), 1, std::nullopt);
  phone.device.model.set_attributes(*phone.device.model.find("Device.ManagementServer.PeriodicInformInterval"), 2,
                                    std::nullopt);
  CHECK(phone.apply("P4504=bob").notification == 1);
  CHECK(phone.apply("P4507=60\nP4504=eve").notification == 2);
  CHECK(phone.device.model.changes().size() == 2);
  CHECK(phone.apply("P4507=60\nP4504=eve").notification == 0);
}

TEST_CASE("parameters that are not there in this firmware, or whose row is gone, are elsewhere") {
  Unit old("ht802", "1.0.0.24");
  CHECK(old.apply("P47=a").changed ==
        Paths{voice("1.SIP.ProxyServer"), voice("1.SIP.RegistrarServer")});  // no UserAgentDomain yet
  REQUIRE(old.device.model.delete_row(old.device.model.find(voice("2."))->key) == 0);
  const auto done = old.apply("P747=a");
  CHECK(done.changed.empty());
  CHECK(done.elsewhere.size() == 1);
}

TEST_CASE("no file changes what only an ACS may: the ParameterKey") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    Unit unit(name);
    for (const auto& [key, definition] : unit.profile->pvalues) {
      for (const auto& path : definition.parameters) CHECK(path != "Device.ManagementServer.ParameterKey");
    }
  }
}
