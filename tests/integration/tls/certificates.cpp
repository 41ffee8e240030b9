// SPDX-License-Identifier: Apache-2.0
#include "integration/tls/certificates.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>
#include <iterator>

namespace cpefleet::test {

namespace fs = std::filesystem;

const Certificates& Certificates::get() {
  static const Certificates made;
  return made;
}

Certificates::Certificates() {
  std::string name = (fs::temp_directory_path() / "cpefleet-certificates-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  directory_ = name;
  make_authority("ca");
  make_authority("stranger");
  issue("server", "acs.example", "subjectAltName=DNS:acs.example");
  issue("middle", "middle", "basicConstraints=critical,CA:TRUE");
  issue("a", "a", "extendedKeyUsage=clientAuth");
  run("ec -in a.key -aes128 -passout pass:tellnobody -out locked.key");
  std::ofstream(path("both.pem")) << text("a.pem") << text("a.key");
}

Certificates::~Certificates() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void Certificates::run(const std::string& arguments) const {
  const std::string in = "cd '" + directory_.string() + "' && openssl ";
  REQUIRE(std::system((in + arguments + " > openssl.log 2>&1").c_str()) == 0);
}

void Certificates::make_authority(const std::string& name) const {
  run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name + " -keyout " + name +
      ".key -out " + name + ".pem");
}

void Certificates::issue(const std::string& name, const std::string& common_name, const std::string& extensions) const {
  std::ofstream(path(name + ".cnf")) << extensions << '\n';
  run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + common_name + " -keyout " + name +
      ".key -out " + name + ".csr");
  run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile " + name +
      ".cnf -out " + name + ".pem");
}

std::string Certificates::text(const std::string& name) const {
  std::ifstream in(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::shared_ptr<const transport::TestAuthority> Certificates::authority(const std::string& name) const {
  const auto opened =
      transport::TestAuthority::open({text(name + ".pem"), name + ".pem"}, {text(name + ".key"), name + ".key"});
  REQUIRE_MESSAGE(opened, opened.error().message());
  return *opened;
}

}  // namespace cpefleet::test
