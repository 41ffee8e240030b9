// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fstream>

#include "integration/tls/certificates.hpp"
#include "integration/tls/run_fleet.hpp"

// Scenarios with client certificates against Apache, which requires one.
namespace cpefleet::test {
namespace {

struct Acs {
  Backend backend{accept};
  Apache apache{backend.port()};
  [[nodiscard]] FleetResults run(const std::string& tls, int times = 1) const {
    return run_fleet(apache.tls_1_3().text(), tls, times);
  }
  // By the subject of their certificates: Initial or Resumed, for the Inform of each session.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> informs() const {
    std::map<std::string, std::vector<std::string>> out;
    for (const Seen& seen : backend.seen()) {
      if (!seen.body.empty()) out[seen.subject].push_back(seen.resumed);
    }
    return out;
  }
};

constexpr const char* kMade = "client_ca: ca.pem, client_ca_key: ca.key";

}  // namespace

TEST_SUITE_BEGIN("tls.fleet");

TEST_CASE("certificates made on demand name the device and its vendor [H-23]") {
  const Acs acs;
  const auto results = acs.run(kMade, 2);
  CHECK(results.failures.empty());
  CHECK(results.done >= 4);
  const auto informs = acs.informs();
  CHECK(informs.size() == 2);
  for (const char* subject : {"CN=000b82000000,O=Grandstream", "CN=000b82000001,O=Grandstream"}) {
    CAPTURE(subject);
    REQUIRE(informs.count(subject) == 1);
    for (const auto& resumed : informs.at(subject)) CHECK(resumed == "Initial");
  }
}

TEST_CASE("a fleet resumes device by device when the scenario says so [H-23]") {
  const Acs acs;
  const auto results = acs.run(std::string(kMade) + ", resume: 100, client_subject: \"cpe-{mac:colons}\"", 2);
  CHECK(results.failures.empty());
  const auto informs = acs.informs();
  CHECK(informs.size() == 2);
  for (const char* subject : {"CN=cpe-00:0B:82:00:00:00,O=Grandstream", "CN=cpe-00:0B:82:00:00:01,O=Grandstream"}) {
    CAPTURE(subject);
    REQUIRE(informs.count(subject) == 1);
    const auto& sessions = informs.at(subject);
    REQUIRE(sessions.size() >= 2);
    for (std::size_t i = 0; i < sessions.size(); ++i) CHECK(sessions[i] == (i == 0 ? "Initial" : "Resumed"));
  }
}

TEST_CASE("certificates from files: one for all, key beside it or in it [H-23]") {
  const Acs acs;
  for (const char* tls : {"client_cert: a.pem, client_key: a.key", "client_cert: both.pem"}) {
    const auto results = acs.run(tls);
    CHECK(results.failures.empty());
    CHECK(results.done >= 2);
  }
  CHECK(acs.informs().size() == 1);
  CHECK(acs.informs().count("CN=a") == 1);
}

TEST_CASE("certificates from files by device; one that is missing fails its own sessions and is named [H-23]") {
  const Acs acs;
  const auto& files = Certificates::get();
  std::ofstream(files.path("000b82000000.pem")) << files.text("both.pem");
  std::remove(files.path("000b82000001.pem").c_str());
  const auto results = acs.run("client_cert: \"{serial}.pem\"");
  CHECK(results.done >= 1);
  REQUIRE(results.failures.count("tls_failed") == 1);
  CHECK(results.failures.at("tls_failed") == "the file " + files.path("000b82000001.pem") + " cannot be read");
  CHECK(acs.informs().size() == 1);
  CHECK(acs.informs().count("CN=a") == 1);
}

TEST_CASE("a device's key that does not fit its certificate fails its sessions and shows nothing of the key") {
  const Acs acs;
  const auto& files = Certificates::get();
  for (const char* serial : {"000b82000000", "000b82000001"}) {
    std::ofstream(files.path(std::string(serial) + ".pem")) << files.text("a.pem");
    std::ofstream(files.path(std::string(serial) + ".key")) << files.text("stranger.key");
  }
  const auto results = acs.run("client_cert: \"{serial}.pem\", client_key: \"{serial}.key\"");
  CHECK(results.done == 0);
  REQUIRE(results.failures.count("tls_failed") == 1);
  INFO(results.failures.at("tls_failed"));
  CHECK(results.failures.at("tls_failed").find(".key does not fit the certificate in /") != std::string::npos);
  CHECK(results.failures.at("tls_failed").find("BEGIN") == std::string::npos);
  CHECK(acs.backend.seen().empty());
}

TEST_CASE("over plain http nothing is asked of certificates") {
  const Acs acs;
  const auto url = "http://acs.example:" + std::to_string(acs.backend.port()) + "/";
  const auto results = run_fleet(url, "client_cert: \"nowhere/{serial}.pem\"");
  CHECK(results.failures.empty());
  CHECK(results.done >= 2);
}

TEST_CASE("files that all devices share are wrong from the start") {
  const auto said = [](const std::string& tls) -> std::string {
    try {
      static_cast<void>(run_fleet("http://127.0.0.1:1/", tls));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "nothing";
  };
  const auto has = [&said](const std::string& tls, const std::string& words) {
    const std::string text = said(tls);
    CHECK_MESSAGE(text.find(words) != std::string::npos, text);
  };
  has("client_cert: none.pem", "s.yaml:4:");
  has("client_cert: none.pem", "none.pem cannot be read");
  has("client_cert: a.pem, client_key: ca.key", "ca.key does not fit the certificate in");
  has("client_cert: a.pem", "there is no private key in PEM form in");
  has("client_ca: a.pem, client_ca_key: a.key", "a.pem is not an authority's");
  has("client_ca: ca.pem, client_ca_key: a.key", "a.key does not fit the certificate in");
}

TEST_SUITE_END();

}  // namespace cpefleet::test
