// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "transport/client_identity.hpp"

namespace cpefleet::test {

// A temporary directory with what the openssl program makes, for the length of the program:
//   ca.pem ca.key              an authority, for the server and for devices
//   stranger.pem stranger.key  another one
//   middle.pem middle.key      an authority under `ca`
//   server.pem server.key      for acs.example, by `ca`
//   a.pem a.key                a device's, by `ca`: CN=a
//   both.pem                   a.pem and a.key
//   locked.key                 a.key with a passphrase
class Certificates {
 public:
  static const Certificates& get();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates();

  [[nodiscard]] std::string path(const std::string& name) const { return (directory_ / name).string(); }
  [[nodiscard]] std::string text(const std::string& name) const;
  // The test authority by that name.
  [[nodiscard]] std::shared_ptr<const transport::TestAuthority> authority(const std::string& name = "ca") const;

 private:
  Certificates();
  void run(const std::string& arguments) const;
  void make_authority(const std::string& name) const;
  void issue(const std::string& name, const std::string& common_name, const std::string& extensions) const;
  std::filesystem::path directory_;
};

}  // namespace cpefleet::test
