// SPDX-License-Identifier: Apache-2.0
#include "provision/config_file.hpp"

#include <doctest/doctest.h>

using namespace cpefleet;
using namespace cpefleet::provision;
using profile::ConfigForm;

namespace {

// "P271=1;P3=a" of what was read.
std::string pairs(const ConfigFile& file) {
  std::string out;
  for (const auto& entry : file.entries) out += (out.empty() ? "" : ";") + entry.key + "=" + entry.value;
  return out;
}

ConfigFile read(std::string_view bytes) {
  auto file = parse(bytes);
  REQUIRE_MESSAGE(file.has_value(), file.error().message());
  return *file;
}

std::string error(std::string_view bytes) {
  const auto file = parse(bytes);
  return file ? "(read)" : file.error().message();
}

std::string v1(std::string_view inside) {
  return "<gs_provision version=\"1\"><config version=\"1\">" + std::string(inside) + "</config></gs_provision>";
}

std::string v2(std::string_view inside) {
  return "<gs_provision version=\"1\"><config version=\"2\">" + std::string(inside) + "</config></gs_provision>";
}

}  // namespace

TEST_CASE("version 1 of the XML: elements are P-values, in their order, as they are written") {
  const auto file = read(R"(<?xml version="1.0" encoding="UTF-8" ?>
<!-- by hand -->
<gs_provision version="1">
  <mac>00:0B:82:7F:D2-80</mac>
  <config version="1">
    <P271>1</P271><!-- account 1 -->
    <P3>B&#252;ro &amp; Lager</P3>
    <P4505><![CDATA[a<b]]></P4505>
    <P35></P35><P36/>
    <P271>0</P271>
  </config>
</gs_provision>
)");
  CHECK(file.form == ConfigForm::xml1);
  CHECK(file.mac == "000b827fd280");
  CHECK(pairs(file) == "P271=1;P3=B\u00fcro & Lager;P4505=a<b;P35=;P36=;P271=0");
  CHECK(read("<gs_provision><config><P1>2</P1></config></gs_provision>").form == ConfigForm::xml1);
  CHECK(read("<gs_provision><mac> </mac><config/></gs_provision>").mac.empty());
}

TEST_CASE("version 2 of the XML: items with a value, and items with parts") {
  const auto file = read(v2(R"(
    <item name="tr069.url">https://acs.example/</item>
    <item name="tr069">
      <part name="enable">Yes</part>
      <part name="ssl.certificate"/>
    </item>
    <P2>x</P2>)"));
  CHECK(file.form == ConfigForm::xml2);
  CHECK(pairs(file) == "tr069.url=https://acs.example/;tr069.enable=Yes;tr069.ssl.certificate=;P2=x");
}

TEST_CASE("text: a line for each, with comments, blanks and any line ends; nothing is unescaped") {
  const auto file =
      read("\xEF\xBB\xBF# account 1\r\n\r\n  P271 = 1  \r\nP47=a%20b+c&d=e\nP3=\n#P3=no\nP64=x=y\ngnkey=0b82");
  CHECK(file.form == ConfigForm::text);
  CHECK(file.mac.empty());
  CHECK(pairs(file) == "P271=1;P47=a%20b+c&d=e;P3=;P64=x=y");
  CHECK(file.entries.at(0).line == 3);
  CHECK(file.entries.at(3).line == 7);
}

TEST_CASE("text joined by ampersands: escapes of a form, and a trailer that is no setting") {
  const auto file = read("P271=1&P3=B%C3%BCro%26+Lager&P35=&P64=%zz%4&&gnkey=0b82\n");
  CHECK(file.form == ConfigForm::text);
  CHECK(pairs(file) == "P271=1;P3=B\u00fcro& Lager;P35=;P64=%zz%4");
  CHECK(read("gnkey=0b82").entries.empty());
  CHECK(pairs(read("P47=a&b")) == "P47=a&b");
  CHECK(pairs(read("P1=1&P2=2\nP3=a%20b")) == "P1=1;P2=2;P3=a b");
}

TEST_CASE("binary and encrypted files, and what is no configuration at all, are refused with the reason") {
  using std::string_view_literals::operator""sv;
  CHECK(error("") == "an empty configuration file");
  CHECK(error(" \r\n") == "an empty configuration file");
  CHECK(error("Salted__\x01\x02"sv) == "an encrypted configuration file: only plain ones can be read, as XML or text");
  CHECK(error("\0\0\x01\x90PP\x00\x0b\x82\r\n\r\nP1=1"sv) ==
        "a binary or encrypted configuration file (byte 0 is no text): only plain ones can be read, as XML or text");
  CHECK(error("P1=1\nP2=\x01") ==
        "a binary or encrypted configuration file (byte 8 is no text): only plain ones can be read, as XML or text");
  CHECK(error("P3=B\xFCro") == "a configuration file that is neither XML nor UTF-8 text, or an encrypted one");
  CHECK(error("404 page not found\n") == "line 1: neither a setting (P271=1) nor a comment (#): no configuration file");
  CHECK(error("P271=1\nP3") == "line 2: neither a setting (P271=1) nor a comment (#): no configuration file");
  CHECK(error("P271=1\na b=1") == "line 2: \"a b\" is no name of a setting");
  CHECK(error("P1=%00&P2=") == "line 1: P1 holds what is no character of XML, or not UTF-8");
  CHECK(error("P1=%fc&P2=") == "line 1: P1 holds what is no character of XML, or not UTF-8");
  CHECK(error("P1=\xEF\xBF\xBF") == "line 1: P1 holds what is no character of XML, or not UTF-8");
  CHECK(error("<html><body>login</body></html>") == "no configuration file: its root is <html>, not <gs_provision>");
}

TEST_CASE("XML that is not as the vendor's is refused with the reason") {
  CHECK(error("<gs_provision") == "a configuration file in XML: unfinished tag at byte 0");
  CHECK(error("<gs_provision version=\"2\"><config/></gs_provision>") ==
        "<gs_provision version=\"2\">: this program reads 1");
  CHECK(error("<gs_provision><config version=\"3\"/></gs_provision>") ==
        "<config version=\"3\">: this program reads 1 and 2");
  CHECK(error("<gs_provision/>") == "<gs_provision> holds no <config>");
  CHECK(error("<gs_provision><config/><config/></gs_provision>") == "<gs_provision> holds more than one <config>");
  CHECK(error("<gs_provision><mac>000b82</mac><config/></gs_provision>") == "<mac>: \"000b82\" is no MAC address");
  CHECK(error(v1("<P1><P2>1</P2></P1>")) == "P1 holds elements instead of a value");
  CHECK(error(v2("<item name=\"a\"><b>1</b></item>")) == "item a holds <b>: only <part name=\"...\"> can be there");
  CHECK(error(v2("<item name=\"a\"><part name=\"b\"><c/></part></item>")) == "a.b holds elements instead of a value");
  CHECK(error(v2("<item name=\"a b\">1</item>")) == "\"a b\" is no name of a setting");
  CHECK(error(v1("<P3>B\xFCro</P3>")) == "a configuration file in XML that is not UTF-8");
  CHECK(error(v1("<P3>&#1;</P3>")) == "P3 holds what is no character of XML, or not UTF-8");
}

TEST_CASE("hostile files cost no more than their limits") {
  CHECK(error(std::string(kMaxFileBytes + 1, 'a')).ends_with("more than 20971520"));
  CHECK(error("<!DOCTYPE a [<!ENTITY b \"c\">]>" + v1("<P1>&b;</P1>")).find("is refused") != std::string::npos);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  CHECK(error(deep) == "a configuration file in XML: more than 8 levels of elements at byte 24");
  CHECK(error("P1=" + std::string(kMaxValueBytes + 1, 'x')) == "line 1: P1 has 65537 bytes, more than 65536");
  CHECK(error(std::string(kMaxKeyBytes + 1, 'x') + "=1").ends_with("is no name of a setting"));
  std::string many;
  for (std::size_t i = 0; i <= kMaxEntries; ++i) many += "P1=1&";
  CHECK(error(many) == "line 1: more than 50000 settings");
  CHECK(error(std::string(1u << 20, '&')) == "(read)");  // nothing in it, and nothing is made of it
}

TEST_CASE("a MAC address is the same in any spelling") {
  for (const auto* text : {"000b827fd280", "00:0B:82:7F:D2:80", " 00-0b-82-7f-d2-80 "})
    CHECK(plain_mac(text) == "000b827fd280");
  for (const auto* text : {"", "000b827fd28", "000b827fd2800", "000b827fd28g"}) CHECK(plain_mac(text).empty());
}
