// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <memory>

#include "integration/tls/apache.hpp"
#include "integration/tls/certificates.hpp"
#include "integration/transport/client.hpp"

// Whom the server sees, over one easy handle that devices use in turn.
namespace cpefleet::test {
namespace {

using journal::DeviceRef;
using transport::ClientIdentity;
using transport::test::Client;

constexpr DeviceRef kA{0, 1};
constexpr DeviceRef kB{0, 2};
constexpr DeviceRef kNobody{1, 1};

// A certificate each for kA and kB, none for others.
class TwoDevices final : public transport::ClientIdentities {
 public:
  explicit TwoDevices(const std::string& authority = "ca") : authority_(Certificates::get().authority(authority)) {}
  Result<std::shared_ptr<const ClientIdentity>> of(const DeviceRef& device) override {
    if (device == kNobody) return nullptr;
    return authority_->issue({device == kA ? "device-a" : "device-b", "Grandstream"});
  }

 private:
  std::shared_ptr<const transport::TestAuthority> authority_;
};

const std::string kSubjectA = "CN=device-a,O=Grandstream";
const std::string kSubjectB = "CN=device-b,O=Grandstream";

struct Fleet {
  explicit Fleet(std::size_t resume, const std::string& authority = "ca") : client(options(resume, authority)) {
    client.transport->pin("acs.example", {"127.0.0.1"});
  }
  static transport::CurlTransportOptions options(std::size_t resume, const std::string& authority) {
    transport::CurlTransportOptions options;
    options.max_channels = 1;  // one easy handle for all
    options.ca_file = Certificates::get().path("ca.pem");
    options.identities = std::make_shared<TwoDevices>(authority);
    options.resume_tls = resume;
    return options;
  }
  static transport::ChannelOptions of(const DeviceRef& device) {
    auto options = Client::quick();
    options.device = device;
    return options;
  }
  // A session of two exchanges on one connection.
  void session(const DeviceRef& device, const Url& url) {
    const auto channel = client.open(of(device));
    for (int i = 0; i < 2; ++i) CHECK(client.reply(*channel, url).body == "<answer/>");
  }
  transport::Failed failure(const DeviceRef& device, const Url& url) { return client.failure(url, of(device)); }

  Client client;
};

// Subject and Initial/Resumed of every session's first exchange.
using Story = std::vector<std::pair<std::string, std::string>>;
Story story(const Backend& backend) {
  Story out;
  const auto seen = backend.seen();
  REQUIRE(seen.size() % 2 == 0);
  for (std::size_t i = 0; i < seen.size(); i += 2) {
    CHECK(seen[i].subject == seen[i + 1].subject);
    out.emplace_back(seen[i].subject, seen[i].resumed);
  }
  return out;
}

// Each case for both versions: in 1.2 the server gives out a session in the handshake, in 1.3 behind it.
struct Versions {
  const char* name;
  Url (Apache::*url)(const std::string&) const;
};
constexpr Versions kBoth[] = {{"TLSv1.3", &Apache::tls_1_3}, {"TLSv1.2", &Apache::tls_1_2}};

}  // namespace

TEST_SUITE_BEGIN("tls.identity");

TEST_CASE("devices that share an easy handle are each seen with their own certificate, never resumed [H-23]") {
  for (const auto& version : kBoth) {
    CAPTURE(version.name);
    const Backend backend;
    const Apache apache(backend.port());
    const Url url = (apache.*version.url)("/acs");
    Fleet fleet(0);
    for (const DeviceRef& device : {kA, kB, kA, kA, kB}) fleet.session(device, url);
    CHECK(story(backend) == Story{{kSubjectA, "Initial"},
                                  {kSubjectB, "Initial"},
                                  {kSubjectA, "Initial"},
                                  {kSubjectA, "Initial"},
                                  {kSubjectB, "Initial"}});
    CHECK(backend.seen().front().protocol == version.name);
  }
}

TEST_CASE("with resumption each device resumes its own session and no other on a shared easy handle [H-23]") {
  for (const auto& version : kBoth) {
    CAPTURE(version.name);
    const Backend backend;
    const Apache apache(backend.port());
    const Url url = (apache.*version.url)("/acs");
    Fleet fleet(10);
    for (const DeviceRef& device : {kA, kB, kA, kB, kB, kA, kA}) fleet.session(device, url);
    CHECK(story(backend) == Story{{kSubjectA, "Initial"},
                                  {kSubjectB, "Initial"},
                                  {kSubjectA, "Resumed"},
                                  {kSubjectB, "Resumed"},
                                  {kSubjectB, "Resumed"},
                                  {kSubjectA, "Resumed"},
                                  {kSubjectA, "Resumed"}});
  }
}

TEST_CASE("the sessions kept are bounded: the device that called least recently begins anew") {
  for (const auto& version : kBoth) {
    CAPTURE(version.name);
    const Backend backend;
    const Apache apache(backend.port());
    const Url url = (apache.*version.url)("/acs");
    Fleet fleet(1);
    for (const DeviceRef& device : {kA, kA, kB, kB, kA}) fleet.session(device, url);
    CHECK(story(backend) == Story{{kSubjectA, "Initial"},
                                  {kSubjectA, "Resumed"},
                                  {kSubjectB, "Initial"},
                                  {kSubjectB, "Resumed"},
                                  {kSubjectA, "Initial"}});
  }
}

TEST_CASE("a session is resumed with the server that gave it out, not with another") {
  const Backend backend;
  const Apache apache(backend.port());
  Fleet fleet(10);
  for (const Url& url : {apache.tls_1_3(), apache.tls_1_2(), apache.tls_1_3(), apache.tls_1_2()})
    fleet.session(kA, url);
  CHECK(story(backend) ==
        Story{{kSubjectA, "Initial"}, {kSubjectA, "Initial"}, {kSubjectA, "Resumed"}, {kSubjectA, "Resumed"}});
}

TEST_CASE("a session moved to another server in its middle keeps the TLS sessions of the two apart [H-16]") {
  const Backend backend;
  const Apache apache(backend.port());
  Fleet fleet(10);
  for (int i = 0; i < 3; ++i) {
    const auto channel = fleet.client.open(Fleet::of(kA));
    CHECK(fleet.client.reply(*channel, apache.tls_1_3()).status == 200);
    CHECK(fleet.client.reply(*channel, apache.tls_1_2()).status == 200);
  }
  std::vector<std::string> resumed;
  for (const Seen& seen : backend.seen()) resumed.push_back(seen.resumed);
  CHECK(resumed == std::vector<std::string>{"Initial", "Initial", "Resumed", "Resumed", "Resumed", "Resumed"});
}

TEST_CASE("sessions of a server that was started anew are not resumed, and nothing fails") {
  for (const auto& version : kBoth) {
    CAPTURE(version.name);
    const Backend backend;
    Apache apache(backend.port());
    const Url url = (apache.*version.url)("/acs");
    Fleet fleet(10);
    fleet.session(kA, url);
    apache.restart();  // its ticket keys are others now
    for (int i = 0; i < 2; ++i) fleet.session(kA, url);
    CHECK(story(backend) == Story{{kSubjectA, "Initial"}, {kSubjectA, "Initial"}, {kSubjectA, "Resumed"}});
  }
}

TEST_CASE("a device without a certificate, or with a stranger's, is refused by a server that requires one [H-23]") {
  const Backend backend;
  const Apache apache(backend.port());
  for (const auto& [authority, device] : {std::pair{"ca", kNobody}, {"stranger", kA}}) {
    CAPTURE(authority);
    Fleet fleet(10, authority);
    const auto failed = fleet.failure(device, apache.tls_1_2());
    CHECK(failed.cause == Cause::tls_failed);
    CHECK(failed.detail.find("alert") != std::string::npos);
    // The server's alert comes when the POST is under way; it may be overtaken by a reset.
    const auto late = fleet.failure(device, apache.tls_1_3());
    CHECK_MESSAGE((late.cause == Cause::tls_failed || late.cause == Cause::cut_after_send), late.detail);
  }
  CHECK(backend.seen().empty());
}

TEST_CASE("an authority that is under the one the server trusts is sent along [H-23]") {
  const Backend backend;
  const Apache apache(backend.port());
  Fleet fleet(0, "middle");
  fleet.session(kA, apache.tls_1_3());
  CHECK(story(backend) == Story{{kSubjectA, "Initial"}});
}

TEST_CASE("a refused device does not spoil the handle for the next one [H-23]") {
  const Backend backend;
  const Apache apache(backend.port());
  Fleet fleet(10);
  fleet.session(kA, apache.tls_1_2());
  CHECK(fleet.failure(kNobody, apache.tls_1_2()).cause == Cause::tls_failed);
  fleet.session(kA, apache.tls_1_2());
  CHECK(story(backend) == Story{{kSubjectA, "Initial"}, {kSubjectA, "Resumed"}});
}

TEST_SUITE_END();

}  // namespace cpefleet::test
