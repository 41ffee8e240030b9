// SPDX-License-Identifier: Apache-2.0
#include "provision/write.hpp"

#include <array>
#include <map>

#include "support.hpp"

using namespace cpefleet;
using namespace cpefleet::provision;
using namespace cpefleet::provision::test;
using profile::ConfigForm;

namespace {

constexpr std::array kForms{ConfigForm::xml1, ConfigForm::xml2, ConfigForm::text};

std::map<std::string, std::string> values(std::string_view bytes) {
  const auto file = parse(bytes);
  REQUIRE_MESSAGE(file.has_value(), file.error().message());
  std::map<std::string, std::string> out;
  for (const auto& entry : file->entries) CHECK(out.emplace(entry.key, entry.value).second);
  return out;
}

// Not as it left the factory: what an ACS and files have done to it.
void wear(Unit& unit) {
  const std::string voice = kVoice;
  unit.set("Device.ManagementServer.URL", "http://acs.example/?a=1&b=<2>");
  unit.set("Device.ManagementServer.Username", " b\u00fcro\r\n\"'+%41=#\t");
  unit.set("Device.ManagementServer.Password", "secret");
  unit.set("Device.ManagementServer.PeriodicInformEnable", "1");
  unit.set("Device.ManagementServer.ConnectionRequestUsername", "   ");
  unit.set(voice + "1.Enable", "Enabled");
  unit.set(voice + "2.Enable", "Quiescent");
  unit.set(voice + "1.SIP.ProxyServer", "::1");
  unit.set(voice + "1.SIP.RegistrarServer", "somebody.else");  // apart from what it shares a P-value with
  unit.set(voice + "1.SIP.ProxyServerPort", "5080");
  unit.set(voice + "1.SIP.OutboundProxy", "[proxy]:5061");
  unit.set(voice + "1.SIP.UserAgentTransport", "TLS");
  unit.set(voice + "2.SIP.RegistrarServerTransport", "SCTP");
  unit.set(voice + "1.Name", "x\x01y");  // no file can carry it
}

}  // namespace

TEST_CASE("what a device writes changes nothing when it comes back") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    for (const auto form : kForms) {
      CAPTURE(name);
      CAPTURE(static_cast<int>(form));
      Unit fresh(name);
      Unit busy(name);
      wear(busy);
      for (auto* unit : {&fresh, &busy}) {
        const auto text = unit->write(form);
        const auto read = values(text);
        const auto done = unit->apply(text);
        CHECK(done.changed.empty());
        CHECK(done.unknown == 0);
        CHECK_MESSAGE(done.refused == 0, (done.refused_why.empty() ? "" : done.refused_why.front()));
        CHECK(done.unchanged + done.elsewhere.size() == read.size());
        CHECK(unit->write(form) == text);
        CHECK(parse(text)->form == form);
        CHECK(parse(text)->mac == (form == ConfigForm::text ? "" : "000b8200002a"));
        CHECK(text.find("secret") == std::string::npos);
      }
    }
  }
}

TEST_CASE("a device can be made as another one by its file, but for passwords") {
  for (const auto* name : {"gxp2170", "ht802", "dp750"}) {
    Unit from(name);
    wear(from);
    Unit to(name);
    const auto done = to.apply(from.write(ConfigForm::xml1));
    CHECK(done.refused == 0);
    CHECK(to.stored("Device.ManagementServer.URL") == "http://acs.example/?a=1&b=<2>");
    CHECK(to.stored("Device.ManagementServer.Username") == " b\u00fcro\r\n\"'+%41=#\t");
    CHECK(to.stored("Device.ManagementServer.ConnectionRequestUsername") == "   ");
    CHECK(to.stored("Device.ManagementServer.Password") == "{acs_password}");
    auto without_name = values(from.write(ConfigForm::text));
    for (const auto& [key, value] : values(to.write(ConfigForm::text))) {
      if (without_name.count(key) != 0) CHECK_MESSAGE(value == without_name.at(key), key);
    }
  }
}

TEST_CASE("version 1 of a GXP2170") {
  Unit phone("gxp2170");
  phone.set("Device.ManagementServer.URL", "http://a/?b&c");
  const auto text = phone.write(ConfigForm::xml1);
  CHECK(
      text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gs_provision version=\"1\">\n"
                       "<mac>000b8200002a</mac>\n<config version=\"1\">\n<P36></P36>\n<P40>5060</P40>\n<P47></P47>\n"));
  CHECK(text.ends_with("</config>\n</gs_provision>\n"));
  CHECK(text.find("<P4503>http://a/?b&amp;c</P4503>\n") != std::string::npos);
  CHECK(text.find("<P271>0</P271>\n") != std::string::npos);
  CHECK(text.find("<P130>0</P130>\n") != std::string::npos);
  CHECK(text.find("<P4518>7547</P4518>\n") != std::string::npos);  // no parameter: its default
  CHECK(text.find("P4505") == std::string::npos);                  // hidden
  CHECK(text.find("P8220") == std::string::npos);                  // no parameter, no default
}

TEST_CASE("version 2 says Yes and No") {
  Unit phone("gxp2170");
  wear(phone);
  const auto read = values(phone.write(ConfigForm::xml2));
  CHECK(read.at("tr069.periodicInform") == "Yes");
  CHECK(read.at("tr069.randomStart.enable") == "No");
  CHECK(read.at("tr069.periodicInformInterval") == "86400");
  CHECK(read.at("tr069.connectionRequestPort") == "7547");
  CHECK(read.count("tr069.password") == 0);
  CHECK(read.size() == 7);
}

TEST_CASE("an adapter uploads P-values joined by ampersands, with the trailer (GQ086)") {
  Unit adapter("ht802");
  CHECK(adapter.profile->config.form == ConfigForm::text);
  adapter.set("Device.ManagementServer.URL", "http://a/?b&c=\u00fc");
  const auto text = adapter.write(ConfigForm::text);
  CHECK(text.starts_with("P3=&P30=pool.ntp.org&P35=&P36=&P47=&P48=&P64=&"));
  CHECK(text.find("&P4503=http%3A%2F%2Fa%2F%3Fb%26c%3D%C3%BC&") != std::string::npos);
  CHECK(text.find("&P212=2&") != std::string::npos);
  CHECK(text.ends_with("&gnkey=0b82"));
  CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("which form a model writes is in its profile, version 1 when nobody says") {
  CHECK(Unit("gxp2170").profile->config.form == ConfigForm::xml1);
  CHECK(Unit("gxp2170").profile->config.origin.starts_with("assumed"));
  CHECK(Unit("dp750").profile->config.form == ConfigForm::text);
  CHECK(Unit("dp750").profile->config.origin == "documented: S2 (GQ086)");
  CHECK(profile::ConfigFiles{}.form == ConfigForm::xml1);
}
