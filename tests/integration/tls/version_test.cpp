// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <memory>
#include <openssl/ssl.h>

#include "integration/tls/certificates.hpp"
#include "integration/transport/client.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::test {
namespace {

using transport::TlsVersion;
using transport::test::Client;

// Speaks one version of TLS; the old ones at the security level that allows them.
class OneVersion {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};

 public:
  explicit OneVersion(int version) {
    const Certificates& files = Certificates::get();
    SSL_CTX_set_security_level(context_.get(), 0);
    REQUIRE(SSL_CTX_set_min_proto_version(context_.get(), version) == 1);
    REQUIRE(SSL_CTX_set_max_proto_version(context_.get(), version) == 1);
    REQUIRE(SSL_CTX_use_certificate_file(context_.get(), files.path("server.pem").c_str(), SSL_FILETYPE_PEM) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context_.get(), files.path("server.key").c_str(), SSL_FILETYPE_PEM) == 1);
    server = std::make_unique<RawServer>([this](RawConnection& connection) {
      if (!connection.start_tls(context_.get()) || connection.read_request().empty()) return;
      connection.send(http_reply(200, "<old/>"));
    });
  }
  std::unique_ptr<RawServer> server;
};

bool works(int server_version, TlsVersion least) {
  const OneVersion server(server_version);
  transport::CurlTransportOptions options;
  options.ca_file = Certificates::get().path("ca.pem");
  options.min_tls = least;
  Client client(options);
  client.transport->pin("acs.example", {"127.0.0.1"});
  Url url = transport::test::url_of(server.server->port(), "/", "acs.example");
  url.scheme = "https";
  const auto outcome = client.post(*client.open(), url);
  if (const auto* failed = std::get_if<transport::Failed>(&outcome)) {
    CHECK(failed->cause == Cause::tls_failed);
    return false;
  }
  return true;
}

}  // namespace

TEST_SUITE_BEGIN("tls.version");

TEST_CASE("servers older than the least version are refused, others are not [H-23]") {
  struct Row {
    TlsVersion least;
    bool tls_1_0, tls_1_1, tls_1_2, tls_1_3;
  };
  constexpr Row kRows[] = {
      {TlsVersion::v1_0, true, true, true, true},     {TlsVersion::v1_1, false, true, true, true},
      {TlsVersion::v1_2, false, false, true, true},   {TlsVersion::v1_3, false, false, false, true},
      {TlsVersion::system, false, false, true, true},
  };
  for (const Row& row : kRows) {
    CAPTURE(static_cast<int>(row.least));
    CHECK(works(TLS1_VERSION, row.least) == row.tls_1_0);
    CHECK(works(TLS1_1_VERSION, row.least) == row.tls_1_1);
    CHECK(works(TLS1_2_VERSION, row.least) == row.tls_1_2);
    CHECK(works(TLS1_3_VERSION, row.least) == row.tls_1_3);
  }
}

TEST_SUITE_END();

}  // namespace cpefleet::test
