// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/url.hpp"
#include "cwmp/session/machine.hpp"

// One recorded or written dialogue between a CPE and an ACS, as tests/transcripts/README.md describes it.
namespace cpefleet::test {

// What a line says, and where it stands.
struct Line {
  int number = 0;
  std::string key;
  std::string value;
};

// "cpe>": what the CPE must send now.
struct CpeStep {
  int line = 0;
  std::string message;  // "" for the empty POST
  std::vector<Line> asserts;
};
// "acs<": what the ACS replies. The body may hold %ID%, the ID of the CPE's last request.
struct AcsStep {
  int line = 0;
  cwmp::HttpReply reply;
};
// "acs!": no reply at all.
struct FailureStep {
  int line = 0;
  cwmp::TransportFailure failure;
};
// "next>": the session is over; what starts the one after it.
struct WakeStep {
  int line = 0;
  std::string how;
};
using Step = std::variant<CpeStep, AcsStep, FailureStep, WakeStep>;

struct Transcript {
  std::string file;
  std::string name;
  std::vector<std::string> holds;  // checklist items
  cwmp::SessionConfig config;
  std::vector<cwmp::Version> versions;             // played once in each; config.version alone when empty
  std::multimap<std::string, std::string> device;  // what a host factory reads: "username" → "cpe"
  std::vector<Step> steps;
  std::vector<Line> expects;
};

// `text` is the content of `file`; bodies named by it are read from below `root`. The error holds file:line.
[[nodiscard]] Result<Transcript> parse_transcript(std::string file, std::string_view text, const std::string& root);
[[nodiscard]] Result<std::string> read_file(const std::string& path);

}  // namespace cpefleet::test
