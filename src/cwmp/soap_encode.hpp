// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cwmp/messages.hpp"

// Writes the CPE's envelopes: always valid against cwmp-1-0.xsd / cwmp-1-1.xsd (E-1 to E-13). `out` is cleared first and
// its capacity reused. `id` is the text of cwmp:ID; an empty view leaves the header out. Thread: any.
namespace cpefleet::cwmp {

void encode_inform(std::string& out, Version version, std::string_view id, const Inform& inform);
void encode_request(std::string& out, Version version, std::string_view id, const CpeRequest& request);
void encode_response(std::string& out, Version version, std::string_view id, const CpeResponse& response);
// The SOAP fault of E-10, which is not a CWMP fault.
void encode_must_understand_fault(std::string& out, Version version, std::string_view id, std::string_view header);

}  // namespace cpefleet::cwmp
