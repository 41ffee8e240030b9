// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cwmp/messages.hpp"
#include "cwmp/soap_arguments.hpp"
#include "xml/document.hpp"

namespace cpefleet::cwmp {

// The request of an ACS whose name is `method` and whose arguments are the children of `message`. UnknownMethod for a
// name that is none of ours, BadArguments where an argument cannot be read (E-14). Private to the codec.
[[nodiscard]] AcsRequest decode_request(xml::Element message, std::string_view method, ArgumentReader& reader);

}  // namespace cpefleet::cwmp
