// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace cpefleet::fleet {

// What a scenario says of the files that a group's devices fetch and send (`transfers`, `provisioning`).
struct FileRules {
  // Some of the devices' transfers go wrong, whatever the server does.
  struct Failure {
    enum class Of : std::uint8_t { any, firmware, configuration, upload };
    Of of = Of::any;
    double share = 1;          // of the transfers
    std::optional<double> at;  // broken off there, where the file's size is known; else when it is through
    int fault = 0;             // 0: 9010, and 9011 of an upload
    std::string text;
  };
  std::uint64_t speed = 0;             // bytes/s of one device; 0: as fast as it goes
  std::optional<Duration> flash_time;  // in place of the profile's
  std::string firmware;                // the version any image makes of them; "": as the image says
  std::vector<Failure> failures;       // the first that fits counts

  std::string provisioning_server;              // URL with a path that ends in '/'; "": none is asked
  std::vector<std::string> provisioning_files;  // in place of the profile's
};

}  // namespace cpefleet::fleet
