// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "tr111/endpoint.hpp"

namespace cpefleet::tr111::test {

// A coturn of its own on a free loopback port, with its files in a directory of its own; ends with this object.
class Coturn {
 public:
  // Returns when it answers; fails the test when it never does, or is not installed.
  Coturn();
  Coturn(const Coturn&) = delete;
  Coturn& operator=(const Coturn&) = delete;
  ~Coturn();
  [[nodiscard]] const Endpoint& address() const { return address_; }

 private:
  void start();
  [[nodiscard]] bool answers();
  void stop();

  std::filesystem::path directory_;
  Endpoint address_;
  pid_t pid_ = -1;
};

}  // namespace cpefleet::tr111::test
