// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cwmp/messages.hpp"
#include "datamodel/model.hpp"
#include "profile/profile.hpp"

// The RPCs that touch nothing but the data model, as functions over it. Each succeeds wholly or changes nothing (P-6).
namespace cpefleet::device::rpc {

[[nodiscard]] cwmp::ValueType value_type(datamodel::Type type);

// Methods this CPE answers, for GetRPCMethods: the standard's, then the vendor's (P-10). Without a profile: those that
// all have.
[[nodiscard]] cwmp::CpeResponse get_rpc_methods(const profile::Profile* profile = nullptr);
// Whether the name is on that list.
[[nodiscard]] bool has_method(std::string_view name, const profile::Profile* profile = nullptr);

[[nodiscard]] cwmp::CpeResponse get_parameter_values(const datamodel::Model& model,
                                                     const cwmp::GetParameterValues& request);
[[nodiscard]] cwmp::CpeResponse get_parameter_names(const datamodel::Model& model,
                                                    const cwmp::GetParameterNames& request);
// ParameterKey is the caller's.
[[nodiscard]] std::optional<cwmp::Fault> set_parameter_values(datamodel::Model& model,
                                                              const cwmp::SetParameterValues& request);
[[nodiscard]] cwmp::CpeResponse get_parameter_attributes(const datamodel::Model& model,
                                                         const cwmp::GetParameterAttributes& request);
[[nodiscard]] cwmp::CpeResponse set_parameter_attributes(datamodel::Model& model,
                                                         const cwmp::SetParameterAttributes& request);
// ParameterKey is the caller's.
[[nodiscard]] cwmp::CpeResponse add_object(datamodel::Model& model, const std::string& object);
[[nodiscard]] cwmp::CpeResponse delete_object(datamodel::Model& model, const std::string& object);

}  // namespace cpefleet::device::rpc
