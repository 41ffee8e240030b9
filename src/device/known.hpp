// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// Parameters whose value the device itself acts on (TR-106 ManagementServer).
namespace cpefleet::device::known {

constexpr std::string_view kUrl = "Device.ManagementServer.URL";
constexpr std::string_view kUsername = "Device.ManagementServer.Username";
constexpr std::string_view kPassword = "Device.ManagementServer.Password";
constexpr std::string_view kPeriodicInformEnable = "Device.ManagementServer.PeriodicInformEnable";
constexpr std::string_view kPeriodicInformInterval = "Device.ManagementServer.PeriodicInformInterval";
constexpr std::string_view kPeriodicInformTime = "Device.ManagementServer.PeriodicInformTime";
constexpr std::string_view kParameterKey = "Device.ManagementServer.ParameterKey";
constexpr std::string_view kConnectionRequestUsername = "Device.ManagementServer.ConnectionRequestUsername";
constexpr std::string_view kConnectionRequestPassword = "Device.ManagementServer.ConnectionRequestPassword";

// What a factory reset leaves as it is (CHECKLIST C3).
constexpr std::string_view kKeptAtFactoryReset[] = {kUrl, kUsername, kPassword, kConnectionRequestUsername,
                                                    kConnectionRequestPassword};

}  // namespace cpefleet::device::known
