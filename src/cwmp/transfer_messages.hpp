// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The messages of file transfers (TR-069 A.3.2.8, A.3.3, A.4.1, A.4.2.2) as plain data, part of messages.hpp. Decoded texts
// are no longer than the schema allows: keys 32 characters, a FileType 64, others 256. What a FileType or a URL says is
// the device's to judge.
namespace cpefleet::cwmp {

constexpr std::string_view kUnknownTime = "0001-01-01T00:00:00Z";

// --- requests of the ACS, and what the CPE answers ------------------------------------------------------------

struct Download {
  std::string command_key;
  std::string file_type;  // "1 Firmware Upgrade Image"
  std::string url;
  std::string username;
  std::string password;
  std::uint32_t file_size = 0;  // bytes; 0: unknown (P-88)
  std::string target_file_name;
  std::uint32_t delay_seconds = 0;  // 0: as soon as possible (P-83)
  std::string success_url;
  std::string failure_url;
};
// Status 0: done and applied, with both times, xsd:dateTime. Status 1: still to come; both times are then written as
// unknown, whatever stands here (P-84). An empty time is written as unknown too.
struct DownloadResponse {
  int status = 1;
  std::string start_time;
  std::string complete_time;
};

struct Upload {
  std::string command_key;
  std::string file_type;  // "1 Vendor Configuration File"
  std::string url;
  std::string username;
  std::string password;
  std::uint32_t delay_seconds = 0;
};
// As DownloadResponse.
struct UploadResponse {
  int status = 1;
  std::string start_time;
  std::string complete_time;
};

enum class TransferState : std::uint8_t { not_started = 1, in_progress = 2, completed = 3 };

struct QueuedTransfer {
  std::string command_key;
  TransferState state = TransferState::not_started;
};
struct GetQueuedTransfers {};
struct GetQueuedTransfersResponse {
  std::vector<QueuedTransfer> transfers;  // at most 16
};

// Of CWMP 1.1.
struct AnyQueuedTransfer {
  std::string command_key;
  TransferState state = TransferState::not_started;
  bool is_download = true;
  std::string file_type;
  std::uint32_t file_size = 0;
  std::string target_file_name;
};
struct GetAllQueuedTransfers {};
struct GetAllQueuedTransfersResponse {
  std::vector<AnyQueuedTransfer> transfers;  // at most 16
};

// Of CWMP 1.2, like CancelTransfer: no schema of 1.0 or 1.1 has their responses.
struct TimeWindow {
  std::uint32_t start = 0;  // seconds after the request
  std::uint32_t end = 0;
  std::string mode;  // "1 At Any Time"
  std::string user_message;
  int max_retries = 0;
};
struct ScheduleDownload {
  std::string command_key;
  std::string file_type;
  std::string url;
  std::string username;
  std::string password;
  std::uint32_t file_size = 0;
  std::string target_file_name;
  std::vector<TimeWindow> windows;  // one or two
};
struct ScheduleDownloadResponse {};
struct CancelTransfer {
  std::string command_key;
};
struct CancelTransferResponse {};

// --- requests of the CPE; the ACS's responses to them are empty ---------------------------------------------------

// How a transfer came out: 0 and "" on success (P-100). A code that the version in use does not have there is written
// as one that it has (C12, P-87), a longer text cut at 256 characters.
struct FaultStruct {
  int code = 0;
  std::string text;
};

// An empty time is written as unknown.
struct TransferComplete {
  std::string command_key;  // of the Download or Upload
  FaultStruct fault;
  std::string start_time;     // xsd:dateTime, UTC
  std::string complete_time;  // the same
};

// Of CWMP 1.1: never sent in a session of 1.0 (session/host.hpp).
struct AutonomousTransferComplete {
  std::string announce_url;
  std::string transfer_url;
  bool is_download = true;
  std::string file_type;
  std::uint32_t file_size = 0;
  std::string target_file_name;
  FaultStruct fault;
  std::string start_time;
  std::string complete_time;
};

struct RequestDownloadArgument {
  std::string name;
  std::string value;
};
struct RequestDownload {
  std::string file_type;
  std::vector<RequestDownloadArgument> arguments;  // FileTypeArg, at most 16
};

}  // namespace cpefleet::cwmp
