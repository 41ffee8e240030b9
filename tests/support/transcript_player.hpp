// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "test_device.hpp"
#include "transcript.hpp"

namespace cpefleet::test {

struct Played {
  std::vector<std::string> problems;  // file:line: what; empty when all held
  std::vector<std::string> emitted;   // every envelope the CPE sent, once each
};

// Once clean, checking everything the transcript says.
[[nodiscard]] Played play(const Transcript& transcript, const HostFactory& factory);

// Once per reply with each of: connection reset, timeout, 503, broken XML. Whatever the dialogue, the session must end
// at once with that cause, the device must not be told of anything that did not come but remember the failure, and the
// machine must stay usable.
[[nodiscard]] std::vector<std::string> play_with_failures(const Transcript& transcript, const HostFactory& factory);

}  // namespace cpefleet::test
