// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"

// Performance diagnostics (TR-143) as the device and whoever moves their bytes speak of them.
namespace cpefleet::device {

// One test that is due now. Plain values: it may be kept as long as it takes.
struct DiagnosticOrder {
  std::uint64_t run = 0;  // of this device; goes back with the result
  bool upload = false;
  std::string url;  // DownloadURL or UploadURL: http, or ftp where the device's transports have it; not checked
  std::uint32_t length = 0;  // TestFileLength, of an upload
  std::string interface;     // "" is the default route's
  std::uint8_t dscp = 0;
  std::uint8_t ethernet_priority = 0;
};

// How it ended, in the words of DiagnosticsState. An end that the direction does not have is told as the nearest it has.
enum class DiagnosticEnd : std::uint8_t {
  completed,
  init_connection_failed,
  no_response,
  transfer_failed,  // download
  password_request_failed,
  login_failed,
  no_transfer_mode,
  no_pasv,
  incorrect_size,        // download
  timeout,               // download
  no_cwd,                // upload
  no_stor,               // upload
  no_transfer_complete,  // upload
};

struct DiagnosticResult {
  std::uint64_t run = 0;
  DiagnosticEnd end = DiagnosticEnd::completed;
  // What did not happen has no time.
  std::optional<WallTime> tcp_open_request;
  std::optional<WallTime> tcp_open_response;
  std::optional<WallTime> rom;
  std::optional<WallTime> bom;
  std::optional<WallTime> eom;
  // Whole counts; the data model has them modulo 2^32 (D-21). Between BOM and EOM.
  std::uint64_t test_bytes = 0;   // received, headers included; of a download
  std::uint64_t total_bytes = 0;  // on the interface, in the direction of the test
};

}  // namespace cpefleet::device
