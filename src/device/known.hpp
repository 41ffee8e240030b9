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
constexpr std::string_view kUdpAddress = "Device.ManagementServer.UDPConnectionRequestAddress";
constexpr std::string_view kUdpAddressLimit = "Device.ManagementServer.UDPConnectionRequestAddressNotificationLimit";
constexpr std::string_view kStunEnable = "Device.ManagementServer.STUNEnable";
constexpr std::string_view kStunServerAddress = "Device.ManagementServer.STUNServerAddress";
constexpr std::string_view kStunServerPort = "Device.ManagementServer.STUNServerPort";
constexpr std::string_view kStunUsername = "Device.ManagementServer.STUNUsername";
constexpr std::string_view kStunPassword = "Device.ManagementServer.STUNPassword";
constexpr std::string_view kStunMaximumPeriod = "Device.ManagementServer.STUNMaximumKeepAlivePeriod";
constexpr std::string_view kStunMinimumPeriod = "Device.ManagementServer.STUNMinimumKeepAlivePeriod";
constexpr std::string_view kNatDetected = "Device.ManagementServer.NATDetected";

// What a factory reset leaves as it is (CHECKLIST C3).
constexpr std::string_view kKeptAtFactoryReset[] = {kUrl, kUsername, kPassword, kConnectionRequestUsername,
                                                    kConnectionRequestPassword};

}  // namespace cpefleet::device::known
