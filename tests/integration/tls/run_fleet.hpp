// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "integration/tls/apache.hpp"

namespace cpefleet::test {

// How a run over real sockets ended.
struct FleetResults {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::map<std::string, std::string> failures;  // cause → an example's detail
};

// Runs a scenario as the program does, on one thread with one session at a time: two devices (gxp2170, serials
// 000b82000000 and 000b82000001) call `acs_url` until each has had `times` sessions, well or not. `tls`: the inside of
// `acs.tls`, paths as seen from the directory of Certificates::get(). Throws what lint would say.
[[nodiscard]] FleetResults run_fleet(const std::string& acs_url, const std::string& tls, int times = 1);

// What an ACS answers that wants nothing: InformResponse, then 204.
[[nodiscard]] transport::ServerReply accept(const Seen& seen);

}  // namespace cpefleet::test
