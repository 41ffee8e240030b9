// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>

#include "integration/tls/certificates.hpp"
#include "transport/client_identity.hpp"

namespace cpefleet::test {
namespace {

using transport::ClientIdentity;
using transport::Pem;
using transport::TestAuthority;

// What parsing these two files says; "" when all is well.
std::string said(const std::string& certificate, const std::string& key) {
  const auto parsed = ClientIdentity::parse({certificate, "cert.pem"}, {key, "key.pem"});
  return parsed ? "" : parsed.error().message();
}
std::string text(const char* name) { return Certificates::get().text(name); }

}  // namespace

TEST_SUITE_BEGIN("tls.client_certificate");

TEST_CASE("a certificate and its key, in two files or in one") {
  CHECK(said(text("a.pem"), text("a.key")).empty());
  CHECK(said(text("both.pem"), text("both.pem")).empty());
  const std::string whole = text("both.pem");
  CHECK((*ClientIdentity::parse({whole, "x"}, {whole, "x"}))->subject() == "CN=a");
}

TEST_CASE("what is wrong with a file is said with its name and without its content") {
  CHECK(said("", text("a.key")) == "there is no certificate in PEM form in cert.pem");
  CHECK(said(text("a.key"), text("a.key")) == "there is no certificate in PEM form in cert.pem");
  CHECK(said(text("a.pem"), "") == "there is no private key in PEM form in key.pem");
  CHECK(said(text("a.pem"), text("a.pem")) == "there is no private key in PEM form in key.pem");
  CHECK(said(text("a.pem"), text("ca.key")) == "the private key in key.pem does not fit the certificate in cert.pem");
  const std::string both = text("a.pem") + text("ca.key");
  CHECK(ClientIdentity::parse({both, "x.pem"}, {both, "x.pem"}).error().message() ==
        "the private key in x.pem does not fit the certificate in x.pem");
}

TEST_CASE("a key with a passphrase is refused, and nobody is asked for it") {
  CHECK(said(text("a.pem"), text("locked.key")) == "the private key in key.pem has a passphrase; store it without one");
}

TEST_CASE("damaged PEM is named by which certificate it is") {
  std::string damaged = text("a.pem");
  damaged[damaged.size() / 2] = '!';
  CHECK(said(damaged, text("a.key")).rfind("certificate 1 in cert.pem cannot be read: ", 0) == 0);
  CHECK(said(text("a.pem") + damaged, text("a.key")).rfind("certificate 2 in cert.pem cannot be read: ", 0) == 0);
  std::string key = text("a.key");
  key[key.size() / 2] = '!';
  CHECK(said(text("a.pem"), key).rfind("the private key in key.pem cannot be read: ", 0) == 0);
}

TEST_CASE("an authority's own certificate has to be one, and its key its own") {
  const auto opened = [](const char* certificate, const char* key) {
    const std::string first = text(certificate);
    const std::string second = text(key);
    const auto made = TestAuthority::open({first, certificate}, {second, key});
    return made ? std::string() : made.error().message();
  };
  CHECK(opened("ca.pem", "ca.key").empty());
  CHECK(opened("a.pem", "a.key") == "the certificate in a.pem is not an authority's (no CA:TRUE)");
  CHECK(opened("ca.pem", "stranger.key") == "the private key in stranger.key does not fit the certificate in ca.pem");
}

TEST_CASE("a made certificate bears the names it was asked for") {
  const auto authority = Certificates::get().authority();
  CHECK((*authority->issue({"000b82000001", "Grandstream"}))->subject() == "CN=000b82000001,O=Grandstream");
  CHECK((*authority->issue({"x", ""}))->subject() == "CN=x");
  CHECK_FALSE(authority->issue({"", "Grandstream"}));
  const auto too_long = authority->issue({std::string(65, 'x'), ""});
  REQUIRE_FALSE(too_long);
  CHECK(too_long.error().message().find("string too long") != std::string::npos);
  CHECK(authority->issue({std::string(64, 'x'), ""}));
}

TEST_CASE("a file of trusted certificates has at least one") {
  const std::string ca = text("ca.pem");
  CHECK(transport::check_trusted({ca, "ca.pem"}));
  CHECK(transport::check_trusted({"# none", "ca.pem"}).error().message() ==
        "there is no certificate in PEM form in ca.pem");
}

TEST_SUITE_END();

}  // namespace cpefleet::test
