// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cwmp/session/host.hpp"
#include "transcript.hpp"

namespace cpefleet::test {

// Makes the device under test from the `device.*` lines of a transcript: a scripted one, or the real one.
using HostFactory = std::function<std::unique_ptr<cwmp::SessionHost>(const std::multimap<std::string, std::string>&)>;

struct Played {
  std::vector<std::string> problems;  // file:line: what; empty when all held
  std::vector<std::string> emitted;   // every envelope the CPE sent, once each
};

// Once clean, checking everything the transcript says.
[[nodiscard]] Played play(const Transcript& transcript, const HostFactory& factory);

// Once per reply with each of: connection reset, timeout, 503, broken XML. Whatever the dialogue, the session must end
// at once with that cause, the device must not be told of anything that did not come, and the machine must stay usable.
[[nodiscard]] std::vector<std::string> play_with_failures(const Transcript& transcript, const HostFactory& factory);

}  // namespace cpefleet::test
