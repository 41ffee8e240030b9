// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// Event codes of TR-069 (V-1).
namespace cpefleet::cwmp::event {

constexpr std::string_view kBootstrap = "0 BOOTSTRAP";
constexpr std::string_view kBoot = "1 BOOT";
constexpr std::string_view kPeriodic = "2 PERIODIC";
constexpr std::string_view kScheduled = "3 SCHEDULED";
constexpr std::string_view kValueChange = "4 VALUE CHANGE";
constexpr std::string_view kKicked = "5 KICKED";
constexpr std::string_view kConnectionRequest = "6 CONNECTION REQUEST";
constexpr std::string_view kTransferComplete = "7 TRANSFER COMPLETE";
constexpr std::string_view kDiagnosticsComplete = "8 DIAGNOSTICS COMPLETE";
constexpr std::string_view kRequestDownload = "9 REQUEST DOWNLOAD";
constexpr std::string_view kAutonomousTransferComplete = "10 AUTONOMOUS TRANSFER COMPLETE";
constexpr std::string_view kMReboot = "M Reboot";
constexpr std::string_view kMScheduleInform = "M ScheduleInform";
constexpr std::string_view kMDownload = "M Download";
constexpr std::string_view kMUpload = "M Upload";

}  // namespace cpefleet::cwmp::event
