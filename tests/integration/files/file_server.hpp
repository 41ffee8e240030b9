// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"
#include "support/apache_process.hpp"

namespace cpefleet::test {

// One line of Apache's log. `in` and `out` are its own counts of what stood on the wire (mod_logio), heads included.
struct Logged {
  std::string method;
  std::string path;
  int status = 0;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::string user;  // "-" for none
};

// A real Apache with files, http and https (acs.example, by the authority of Certificates). GET and PUT everywhere:
//   /open/    for everybody
//   /basic/   for user "phone", password "secret", by Basic
//   /digest/  the same by Digest
//   /moved/x  302 to /open/x; /moved307/x the same with 307
//   /other/x  302 to /open/x by the other scheme; with http by 127.0.0.1
//   /locked/x 302 to /basic/x
class FileServer {
 public:
  FileServer();

  [[nodiscard]] Url http(const std::string& target) const;
  [[nodiscard]] Url https(const std::string& target) const;
  void write(const std::string& path, std::string_view text) const;
  [[nodiscard]] bool has(const std::string& path) const;
  [[nodiscard]] std::string read(const std::string& path) const;
  // Stops the server, so that the log is complete.
  [[nodiscard]] std::vector<Logged> log();

 private:
  ApacheProcess process_;
};

}  // namespace cpefleet::test
