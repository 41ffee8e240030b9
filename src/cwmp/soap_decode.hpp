// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cwmp/messages.hpp"
#include "journal/cause.hpp"

namespace cpefleet::cwmp {

struct DecodeError {
  Cause cause = Cause::bad_xml;  // bad_xml, not_soap
  std::string detail;
};

// Reads one envelope of an ACS. Lenient: by namespace where declared, by local name where a prefix is not (recorded as a
// finding); unknown elements and attributes are skipped, wrong or absent arrayType accepted (E-1, E-3, E-15).
// Takes the body by value because the parser works in place. Never throws on input. Thread: any.
[[nodiscard]] tl::expected<AcsMessage, DecodeError> decode_acs_message(std::string body);

}  // namespace cpefleet::cwmp
