// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "profile/profile.hpp"
#include "test_device.hpp"

namespace cpefleet::test {

// The device of the program over a shipped profile, with a clock that moves when the transcript says so.
//   device: real PROFILE
//   device.username, device.password   credentials towards the ACS
//   device.start                       `factory` (when absent) or `known`
//   device.provisioning                the server it asks for its configuration before its first session
//   device.tells_autonomous            `yes`: files of its own accord are told by AutonomousTransferComplete
//   device.methods                     of file transfers, beyond those of its profile
//   device.wake                        what starts the first session, as behind `next>`; `do boot` when absent
// Throws when there is no such profile or the first session does not start: no transcript means that.
[[nodiscard]] std::unique_ptr<TestDevice> make_real_device(profile::Loader& profiles,
                                                           const std::multimap<std::string, std::string>& setup);

}  // namespace cpefleet::test
