// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;

namespace {

// A scenario with this inside `acs.tls`, which stands in line 3 from column 8 on.
struct With {
  explicit With(const std::string& tls, FakeWorld fake = files())
      : loaded("version: 1\nacs:\n  tls: { " + tls + " }\n" + std::string(kFleet).substr(11) + std::string(kPhases),
               fake) {}
  static FakeWorld files() {
    FakeWorld fake;
    for (const char* name : {"dir/ca.pem", "dir/ca.key", "dir/all.pem", "/etc/one.pem"}) fake.files[name] = "pem";
    return fake;
  }
  [[nodiscard]] const Tls& tls() const {
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    return loaded.plan->acs.tls;
  }
  [[nodiscard]] std::string path(const Template& text) const {
    std::string out;
    loaded.plan->fleet[0].group->expand(text, 3, out);
    return out;
  }
  Loaded loaded;
};

}  // namespace

TEST_SUITE("scenario.tls") {
  TEST_CASE("without a word about them there are no client certificates and nothing is resumed") {
    const With scenario("verify: true");
    CHECK(scenario.tls().client_cert.text().empty());
    CHECK(scenario.tls().client_ca.empty());
    CHECK(scenario.tls().resume == 0);
    CHECK(scenario.tls().min_version == TlsVersion::system);
  }

  TEST_CASE("certificate files are templates over the device, seen from the scenario [H-23]") {
    const With scenario("client_cert: \"certs/{mac}.pem\", client_key: \"/keys/{mac:lower}.key\"");
    std::string mac;
    REQUIRE(scenario.tls().client_where.line == 3);
    scenario.loaded.plan->fleet[0].group->append_place("mac", 3, mac);
    CHECK(scenario.path(scenario.tls().client_cert) == "dir/certs/" + mac + ".pem");
    CHECK(scenario.path(scenario.tls().client_key).rfind("/keys/", 0) == 0);
    CHECK(With("client_cert: all.pem").tls().client_cert.text() == "dir/all.pem");
    CHECK(With("client_cert: /etc/one.pem").tls().client_cert.text() == "/etc/one.pem");
  }

  TEST_CASE("an authority makes them with the serial number as their name, or another [H-23]") {
    const With plain("client_ca: ca.pem, client_ca_key: ca.key");
    CHECK(plain.tls().client_ca == "dir/ca.pem");
    CHECK(plain.tls().client_ca_key == "dir/ca.key");
    CHECK(plain.tls().client_subject.text() == "{serial}");
    CHECK(With("client_ca: ca.pem, client_subject: \"{mac:colons}\"").tls().client_subject.text() == "{mac:colons}");
  }

  TEST_CASE("version and number of kept sessions") {
    const With scenario("min_version: 1.2, resume: 10k");
    CHECK(scenario.tls().min_version == TlsVersion::v1_2);
    CHECK(scenario.tls().resume == 10'000);
    CHECK(With("min_version: \"1.0\"").tls().min_version == TlsVersion::v1_0);
    CHECK(With("min_version: 1.3").tls().min_version == TlsVersion::v1_3);
  }

  TEST_CASE("what is wrong with the keys is said where it stands") {
    const auto says = [](const std::string& tls, std::string_view words) {
      const With scenario(tls);
      CHECK_FALSE(scenario.loaded.plan);
      CHECK_MESSAGE(scenario.loaded.says(words, 3), scenario.loaded.text());
    };
    says("client_cert: none.pem", "`client_cert`: the file dir/none.pem cannot be read");
    says("client_cert: all.pem, client_key: none.key", "`client_key`: the file dir/none.key cannot be read");
    says("client_ca: none.pem", "`client_ca`: the file dir/none.pem cannot be read");
    says("client_ca: ca.pem, client_ca_key: none.key", "`client_ca_key`: the file dir/none.key cannot be read");
    says("client_cert: \"{seriel}.pem\"", "{seriel} is unknown");
    says("client_ca: ca.pem, client_subject: \"{nobody}\"", "{nobody} is unknown");
    says("client_cert: \"{serial\"", "a \"{\" without \"}\"");
    says("client_cert: \"\"", "`client_cert`: must not be empty");
    says("client_ca: ca.pem, client_subject: \"\"", "`client_subject`: must not be empty");
    says("client_cert: \"{acs_password}.pem\"", "would show the password");
    says("client_ca: ca.pem, client_subject: \"{acs_password}\"", "would show the password");
    says("client_key: all.pem", "`client_key`: means nothing without `client_cert`");
    says("client_ca_key: ca.key", "means nothing without `client_ca`");
    says("client_subject: x", "means nothing without `client_ca`");
    says("client_cert: all.pem, client_ca: ca.pem", "not both");
    says("min_version: 1.4", "unknown word `1.4` (did you mean");
    says("resume: many", "`resume`");
    says("client_crt: all.pem", "did you mean \"client_cert\"?");
  }

  TEST_CASE("the column of a mistake is that of its value") {
    const With scenario("client_cert: none.pem");
    CHECK(scenario.loaded.says("cannot be read", 3, 23));
  }

  TEST_CASE("braces in the directory of a scenario are no places") {
    FakeWorld fake;
    Diagnostics diagnostics;
    const auto plan = load_text("version: 1\nacs: { tls: { client_cert: \"{serial}.pem\" } }\n" +
                                    std::string(kFleet).substr(11) + std::string(kPhases),
                                "a{b}/s.yaml", fake.world(), {}, diagnostics);
    REQUIRE_MESSAGE(plan, diagnostics.text());
    std::string path;
    plan->fleet[0].group->expand(plan->acs.tls.client_cert, 0, path);
    CHECK(path.rfind("a{b}/", 0) == 0);
  }
}
