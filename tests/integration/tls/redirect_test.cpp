// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "integration/tls/run_fleet.hpp"

// Whole sessions that are sent from http to https and back: a plain server and, before the same server, Apache.
namespace cpefleet::test {
namespace {

struct Redirecting {
  // What is asked for by these paths is elsewhere: path → URL.
  std::map<std::string, std::string> elsewhere;
  Backend backend{[this](const Seen& seen) {
    const auto found = elsewhere.find(seen.target);
    if (found == elsewhere.end()) return accept(seen);
    transport::ServerReply reply;
    reply.status = 302;
    reply.headers.emplace_back("Location", found->second);
    return reply;
  }};
  Apache apache{backend.port()};
  [[nodiscard]] std::string plain(const std::string& target) const {
    return fmt::format("http://acs.example:{}{}", backend.port(), target);
  }
  // Path of each request, with the subject of its client certificate.
  [[nodiscard]] std::vector<std::string> way() const {
    std::vector<std::string> out;
    for (const Seen& seen : backend.seen()) out.push_back(seen.target + " " + seen.subject);
    return out;
  }
};

constexpr const char* kMade = "client_ca: ca.pem, client_ca_key: ca.key, client_subject: device";
const std::string kDevice = " CN=device,O=Grandstream";

}  // namespace

TEST_SUITE_BEGIN("tls.redirect");

TEST_CASE("a session is sent from http to https, where the device shows its certificate [H-18]") {
  Redirecting acs;
  acs.elsewhere["/start"] = acs.apache.tls_1_3("/acs").text();
  const auto results = run_fleet(acs.plain("/start"), kMade);
  CHECK(results.failures.empty());
  CHECK(results.done >= 2);
  const auto way = acs.way();
  REQUIRE(way.size() >= 6);
  for (std::size_t i = 0; i < 6; i += 3) {
    CHECK(way[i] == "/start ");
    CHECK(way[i + 1] == "/acs" + kDevice);  // the Inform once more
    CHECK(way[i + 2] == "/acs" + kDevice);  // the empty POST
  }
}

TEST_CASE("a session is sent from https to http [H-18]") {
  Redirecting acs;
  acs.elsewhere["/start"] = acs.plain("/acs");
  const auto results = run_fleet(acs.apache.tls_1_3("/start").text(), kMade);
  CHECK(results.failures.empty());
  CHECK(results.done >= 2);
  const auto way = acs.way();
  REQUIRE(way.size() >= 6);
  CHECK(way[0] == "/start" + kDevice);
  CHECK(way[1] == "/acs ");
  CHECK(way[2] == "/acs ");
}

TEST_CASE("a session goes from http to https and back, and with resumption over it again [H-18]") {
  Redirecting acs;
  acs.elsewhere["/start"] = acs.apache.tls_1_2("/middle").text();
  acs.elsewhere["/middle"] = acs.plain("/acs");
  const auto results = run_fleet(acs.plain("/start"), std::string(kMade) + ", resume: 10", 2);
  CHECK(results.failures.empty());
  CHECK(results.done >= 4);
  std::map<std::string, int> counts;
  for (const Seen& seen : acs.backend.seen()) {
    if (seen.target == "/middle") ++counts[seen.resumed];
  }
  CHECK(counts["Initial"] == 2);  // one for each device
  CHECK(counts["Resumed"] >= 2);
}

TEST_CASE("the certificate is checked against the host a session was sent to [H-18, H-23]") {
  Redirecting acs;
  Url other = acs.apache.tls_1_3("/acs");
  other.host = "other.example";
  acs.elsewhere["/start"] = other.text();
  SUBCASE("from http") {
    const auto results = run_fleet(acs.plain("/start"), kMade);
    CHECK(results.done == 0);
    REQUIRE(results.failures.count("tls_failed") == 1);
    CHECK(results.failures.at("tls_failed").find("other.example") != std::string::npos);
  }
  SUBCASE("from https, where the same certificate was right") {
    const auto results = run_fleet(acs.apache.tls_1_3("/start").text(), std::string(kMade) + ", resume: 10");
    CHECK(results.done == 0);
    REQUIRE(results.failures.count("tls_failed") == 1);
    CHECK(results.failures.at("tls_failed").find("other.example") != std::string::npos);
  }
  for (const Seen& seen : acs.backend.seen()) CHECK(seen.target == "/start");
}

TEST_SUITE_END();

}  // namespace cpefleet::test
