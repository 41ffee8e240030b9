// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "datamodel/model.hpp"

namespace cpefleet::datamodel {

// Whether a text is a value of a parameter, whoever writes it: 0, 9006 (no text of the type) or 9007 (outside its limits).
// `canonical` receives what would be stored. Model::check() is this, and who may write.
[[nodiscard]] Model::Verdict check_text(const Schema& schema, NodeId parameter, std::string_view value,
                                        std::string& canonical);

}  // namespace cpefleet::datamodel
