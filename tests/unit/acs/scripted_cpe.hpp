// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "acs/core.hpp"

// A CPE whose every message is written out by the test.
namespace cpefleet::acs::test {

struct ScriptedCpe {
  explicit ScriptedCpe(Core& acs, std::string serial_number = "000b82000001", std::uint64_t on_connection = 1)
      : core(acs), serial(std::move(serial_number)), connection(on_connection) {}

  // Sends and remembers the cookie and the ID of the ACS's request.
  Reply post(std::string_view body);
  // Events are written "CODE" or "CODE|CommandKey".
  Reply inform(const std::vector<std::string>& events = {"2 PERIODIC"});
  // Answers the ACS's last request with this body element.
  Reply respond(std::string_view body);
  // Inform and everything after it, answered as a small device would; false when anything went wrong.
  bool whole_session(std::vector<std::string> events = {"2 PERIODIC"});

  [[nodiscard]] std::string id() const { return "000B82-GXP2170-" + serial; }
  [[nodiscard]] std::string inform_body(const std::vector<std::string>& events) const;
  // What the small device answers to the ACS's request; "" when it knows none.
  [[nodiscard]] static std::string answer_to(std::string_view acs_request);

  Core& core;
  std::string serial;
  std::uint64_t connection = 1;
  std::string cookie;
  std::string authorization;
  std::string request_id;
  int version = 0;
  std::uint32_t retry_count = 0;
  TimePoint now{};
  std::vector<std::string> received;  // methods of the ACS, in order
};

[[nodiscard]] std::string envelope(int version, std::string_view id, std::string_view body);
[[nodiscard]] std::string_view header(const Reply& reply, std::string_view name);
// Text between the first <tag...> and </tag>; "" when it is not there.
[[nodiscard]] std::string between(std::string_view xml, std::string_view tag);
[[nodiscard]] bool has(const Reply& reply, std::string_view text);
// "GetParameterNames", "InformResponse", "Fault", ... of the body; "" when empty.
[[nodiscard]] std::string method_of(const Reply& reply);

// A device with a ManagementServer, a voice service with two profiles of `max_profiles`, and a writable profile table.
[[nodiscard]] std::string parameter_names();
[[nodiscard]] std::string parameter_values(int max_profiles = 6);
[[nodiscard]] std::string rpc_methods(bool with_objects = true);
[[nodiscard]] std::string cpe_fault(int code);

}  // namespace cpefleet::acs::test
