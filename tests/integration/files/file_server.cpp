// SPDX-License-Identifier: Apache-2.0
#include "integration/files/file_server.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

#include "base/crypto.hpp"
#include "integration/tls/certificates.hpp"

namespace cpefleet::test {
namespace {

namespace fs = std::filesystem;

// Run by root, Apache serves as www-data.
void give_to_server(const fs::path& path) {
  if (geteuid() != 0) return;
  const passwd* user = getpwnam("www-data");
  REQUIRE(user != nullptr);
  REQUIRE(chown(path.c_str(), user->pw_uid, user->pw_gid) == 0);
}

std::string protect(std::string_view name, std::string_view type, const std::string& more) {
  return fmt::format("<Location /{}/>\nAuthType {}\nAuthName files\n{}Require valid-user\n</Location>\n", name, type,
                     more);
}

std::string configure(const fs::path& directory, const std::vector<std::uint16_t>& ports) {
  const Certificates& files = Certificates::get();
  const std::string in = directory.string();
  fs::permissions(directory, fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  fs::create_directories(directory / "lock");
  give_to_server(directory / "lock");
  for (const char* name : {"", "open", "basic", "digest"}) {
    fs::create_directories(directory / "files" / name);
    give_to_server(directory / "files" / name);
  }
  std::ofstream(directory / "basic.users") << "phone:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";  // of "secret"
  std::ofstream(directory / "digest.users") << "phone:files:" << md5_hex("phone:files:secret") << '\n';
  std::string text = ApacheProcess::load({"mpm_event", "authz_core", "authz_user", "authn_core", "authn_file",
                                          "auth_basic", "auth_digest", "alias", "dav", "dav_fs", "ssl"});
  text += fmt::format(
      "DocumentRoot {0}/files\nDavLockDB {0}/lock/db\nLogFormat \"%m %U %>s %I %O %u\" wire\n"
      "CustomLog {0}/access.log wire\n<Directory {0}/files>\nDav On\nRequire all granted\n</Directory>\n",
      in);
  text += protect("basic", "Basic", fmt::format("AuthUserFile {}/basic.users\n", in));
  text += protect("digest", "Digest", fmt::format("AuthDigestProvider file\nAuthUserFile {}/digest.users\n", in));
  text +=
      "RedirectMatch 302 ^/moved/(.*)$ /open/$1\nRedirectMatch 307 ^/moved307/(.*)$ /open/$1\n"
      "RedirectMatch 302 ^/locked/(.*)$ /basic/$1\n";
  text += fmt::format(
      "Listen 127.0.0.1:{0}\nListen 127.0.0.1:{1}\n"
      "<VirtualHost 127.0.0.1:{0}>\nRedirectMatch 302 ^/other/(.*)$ https://acs.example:{1}/open/$1\n</VirtualHost>\n"
      "<VirtualHost 127.0.0.1:{1}>\nRedirectMatch 302 ^/other/(.*)$ http://127.0.0.1:{0}/basic/$1\n"
      "SSLEngine on\nSSLCertificateFile {2}\nSSLCertificateKeyFile {3}\n</VirtualHost>\n",
      ports[0], ports[1], files.path("server.pem"), files.path("server.key"));
  return text;
}

}  // namespace

FileServer::FileServer() : process_(2, configure) {}

Url FileServer::http(const std::string& target) const { return {"http", "127.0.0.1", process_.port(0), target}; }
Url FileServer::https(const std::string& target) const { return {"https", "acs.example", process_.port(1), target}; }

void FileServer::write(const std::string& path, std::string_view text) const {
  std::ofstream(process_.directory().string() + "/files" + path, std::ios::binary) << text;
}

bool FileServer::has(const std::string& path) const {
  return fs::exists(process_.directory().string() + "/files" + path);
}

std::string FileServer::read(const std::string& path) const {
  std::ifstream in(process_.directory().string() + "/files" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Logged> FileServer::log() {
  process_.stop();
  std::ifstream in(process_.directory() / "access.log");
  std::vector<Logged> lines;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    Logged logged;
    words >> logged.method >> logged.path >> logged.status >> logged.in >> logged.out >> logged.user;
    lines.push_back(logged);
  }
  return lines;
}

}  // namespace cpefleet::test
