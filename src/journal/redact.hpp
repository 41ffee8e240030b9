// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cpefleet::journal {

// A copy of a SOAP body or other text in which the values of password-like parameters (…Password, …Key of certificates)
// are replaced by `***`. Works on bytes, so that broken XML is treated too: what follows a hidden name up to the end of
// its Value element goes.
[[nodiscard]] std::string redact_secrets(std::string_view body);

}  // namespace cpefleet::journal
