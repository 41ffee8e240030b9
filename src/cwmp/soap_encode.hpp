// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cwmp/messages.hpp"

// Writes the CPE's envelopes: always valid against cwmp-1-0.xsd / cwmp-1-1.xsd (E-1 to E-13). `out` is cleared first and
// its capacity reused. `id` is the text of cwmp:ID; without one the header is left out (E-7). Thread: any.
namespace cpefleet::cwmp {

using OptionalId = std::optional<std::string_view>;
void encode_inform(std::string& out, Version version, OptionalId id, const Inform& inform);
void encode_request(std::string& out, Version version, OptionalId id, const CpeRequest& request);
void encode_response(std::string& out, Version version, OptionalId id, const CpeResponse& response);
// The code with which a transfer's end is told: a FaultStruct has fewer of them than a Fault, and 1.0 fewer than 1.1 (C12,
// P-87).
[[nodiscard]] int transfer_fault_code(Version version, int code);
// The SOAP fault of E-10, which is not a CWMP fault.
void encode_must_understand_fault(std::string& out, Version version, OptionalId id, std::string_view header);

}  // namespace cpefleet::cwmp
