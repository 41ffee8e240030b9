// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <memory>
#include <openssl/ssl.h>

#include "integration/transport/client.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::transport::test {
namespace {

namespace fs = std::filesystem;
using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

// A certificate authority of the test's own, and a server certificate for acs.example.
class Certificates {
 public:
  Certificates() {
    std::string name = (fs::temp_directory_path() / "cpefleet-tls-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory_ = name;
    make_ca("ca");
    make_ca("stranger");
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=acs.example -keyout server.key -out server.csr");
    run("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 7 -days 2 -extfile san.cnf -out server.pem");
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { fs::remove_all(directory_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (directory_ / name).string(); }

 private:
  void make_ca(const std::string& name) const {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name + " -keyout " + name +
        ".key -out " + name + ".pem");
  }
  void run(const std::string& arguments) const {
    const std::string in = "cd '" + directory_.string() + "' && echo 'subjectAltName=DNS:acs.example' > san.cnf && ";
    REQUIRE(std::system((in + "openssl " + arguments + " > openssl.log 2>&1").c_str()) == 0);
  }
  fs::path directory_;
};

const Certificates& certificates() {
  static const Certificates made;
  return made;
}

class TlsServer {
  // Before the server: its threads use it to the end.
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};

 public:
  TlsServer() {
    const Certificates& files = certificates();
    REQUIRE(SSL_CTX_use_certificate_file(context_.get(), files.path("server.pem").c_str(), SSL_FILETYPE_PEM) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context_.get(), files.path("server.key").c_str(), SSL_FILETYPE_PEM) == 1);
    raw = std::make_unique<RawServer>([this](RawConnection& connection) { serve(connection); });
  }
  [[nodiscard]] Url url(const std::string& host) const {
    Url url = url_of(raw->port(), "/acs", host);
    url.scheme = "https";
    return url;
  }

  int requests_per_connection = 1000;
  bool cut_reply = false;
  bool reset = false;
  std::unique_ptr<RawServer> raw;

 private:
  void serve(RawConnection& connection) const {
    if (!connection.start_tls(context_.get())) return;
    for (int i = 0; i < requests_per_connection; ++i) {
      if (connection.read_request().empty()) return;
      if (cut_reply) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut");
        if (reset) connection.reset();
        return;
      }
      connection.send(http_reply(200, "<tls/>"));
    }
  }
};

CurlTransportOptions trusting(const std::string& ca) {
  CurlTransportOptions options;
  options.ca_file = certificates().path(ca);
  return options;
}

void pin_names(Client& client) {
  client.transport->pin("acs.example", {"127.0.0.1"});
  client.transport->pin("other.example", {"127.0.0.1"});
}

TEST_CASE("a certificate of a trusted authority for the URL's host is accepted [H-23]") {
  TlsServer server;
  Client client(trusting("ca.pem"));
  pin_names(client);
  const auto channel = client.open();
  for (int i = 0; i < 3; ++i) CHECK(client.reply(*channel, server.url("acs.example")).body == "<tls/>");
  CHECK(server.raw->connections() == 1);
  CHECK(server.raw->requests()[0].find("SOAPAction:\r\n") != std::string::npos);
}

TEST_CASE("a certificate for another host is tls_failed, and nothing is sent [H-18] [H-23]") {
  TlsServer server;
  Client client(trusting("ca.pem"));
  pin_names(client);
  for (const char* host : {"other.example", "127.0.0.1"}) {
    const Failed failed = client.failure(server.url(host));
    CHECK(failed.cause == Cause::tls_failed);
    CHECK(failed.detail.find("certificate subject name") != std::string::npos);
  }
  CHECK(server.raw->requests().empty());
}

TEST_CASE("a certificate of an unknown authority is tls_failed in OpenSSL's words [H-23]") {
  TlsServer server;
  Client client(trusting("stranger.pem"));
  pin_names(client);
  const Failed failed = client.failure(server.url("acs.example"));
  CHECK(failed.cause == Cause::tls_failed);
  CHECK(failed.detail.find("unable to get local issuer certificate") != std::string::npos);
  CHECK(server.raw->requests().empty());
}

TEST_CASE("a CA file that is not there is tls_failed and named") {
  TlsServer server;
  Client client(trusting("missing.pem"));
  pin_names(client);
  const Failed failed = client.failure(server.url("acs.example"));
  CHECK(failed.cause == Cause::tls_failed);
  CHECK(failed.detail.find("missing.pem") != std::string::npos);
}

TEST_CASE("with verification off any certificate will do") {
  TlsServer server;
  CurlTransportOptions options;
  options.verify = false;
  Client client(options);
  pin_names(client);
  CHECK(client.reply(*client.open(), server.url("other.example")).body == "<tls/>");
}

TEST_CASE("a server that does not speak TLS is tls_failed") {
  RawServer server([](RawConnection& connection) { connection.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  Client client;
  Url url = url_of(server.port());
  url.scheme = "https";
  CHECK(client.failure(url).cause == Cause::tls_failed);
}

TEST_CASE("a TLS connection closed between two exchanges is opened again [H-9]") {
  TlsServer server;
  server.requests_per_connection = 1;
  Client client(trusting("ca.pem"));
  pin_names(client);
  const auto channel = client.open();
  static_cast<void>(client.reply(*channel, server.url("acs.example")));
  REQUIRE(server.raw->wait_for_closed(1));
  CHECK(client.reply(*channel, server.url("acs.example")).reopened);
  CHECK(server.raw->connections() == 2);
  CHECK(server.raw->requests().size() == 2);
}

TEST_CASE("a TLS connection lost after the POST is told apart by how it was lost") {
  TlsServer server;
  Client client(trusting("ca.pem"));
  pin_names(client);
  SUBCASE("closed in the reply") {
    server.cut_reply = true;
    CHECK(client.failure(server.url("acs.example")).cause == Cause::truncated_reply);
  }
  SUBCASE("reset in the reply") {
    server.cut_reply = true;
    server.reset = true;
    const Failed failed = client.failure(server.url("acs.example"));
    // Whether the reset overtakes what was sent is not in the server's hand.
    CHECK_MESSAGE((failed.cause == Cause::reset || failed.cause == Cause::cut_after_send), failed.detail);
    CHECK(failed.detail.find("reset the connection") != std::string::npos);
  }
  SUBCASE("before the reply") {
    server.requests_per_connection = 0;
    CHECK(client.failure(server.url("acs.example")).cause == Cause::cut_after_send);
  }
  CHECK(server.raw->connections() == 1);
}

}  // namespace
}  // namespace cpefleet::transport::test
