// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// Every metric there is: one catalogue feeds thresholds, JSON, reports and `compare` (DESIGN 4.2).
namespace cpefleet::metrics {

enum class Kind : std::uint8_t { counter, duration, gauge };

// How a counter's values may be split beyond phase and group; bounded, never the device.
enum class Tag : std::uint8_t { none, cause, rpc, event, fault, trigger, reason, rule };

enum class Id : std::uint8_t {
  // planned = started + merged + skipped + dropped
  sessions_planned,
  sessions_started,
  sessions_merged,   // tag reason: in_session, retry_wait
  sessions_skipped,  // tag reason: offline, no_line, nothing_to_tell
  sessions_dropped,  // tag reason: in_flight, descriptors, ports, max_lag, run_over
  // attempts = done + failed + in flight; attempts = started + retries + own
  attempts,
  retries,
  own_sessions,  // tag trigger: periodic, scheduled, boot, follow_up, value_change, connection_request, diagnostics
  sessions_done,
  sessions_failed,  // tag cause
  // durations
  session_duration,              // planned start → end, without the device's own pauses; sessions that ended well
  session_duration_uncorrected,  // the same from the actual start
  failed_session_duration,       // planned start → end of failed attempts
  start_lateness,                // planned → actual start
  retry_lateness,                // end of the retry wait → actual start
  inform_time,                   // Inform POST → InformResponse
  reply_time,                    // any POST → its reply; tag rpc = what was posted ("" shows as "empty")
  connect_time,
  connection_request,  // our 200 to a connection request → InformResponse
  // what went over the wire
  connections,
  connections_reopened,
  posts,
  bytes_sent,           // bodies
  bytes_received,       // bodies
  rpcs,                 // requests of the ACS answered; tag rpc
  cpe_rpcs,             // requests of the CPE answered, Inform included; tag rpc
  faults_sent,          // tag fault
  faults_received,      // tag fault
  events_delivered,     // tag event
  connection_requests,  // tag reason: accepted, queued, challenged, unauthorized, throttled, offline; udp_accepted,
                        // udp_queued, udp_throttled, udp_duplicate, udp_ignored, udp_offline
  stun_attempts,        // tag reason: answered, refused, timed_out
  // files that devices fetched and sent; tag reason: firmware, configuration, log, provisioning, download_test, upload_test
  files,         // that ended
  files_failed,  // tag reason: how the transfer of their bytes ended
  file_bytes_received,
  file_bytes_sent,
  file_duration,     // of those that went well
  transfers,         // told by TransferComplete or AutonomousTransferComplete, and acknowledged
  transfers_failed,  // of these, with a fault; tag fault
  http_challenges,
  http_redirects,
  findings,  // tag rule
  caps_hit,  // tag reason: the cap's name
  // gauges
  in_flight,
  files_under_way,
  backlog,  // devices that want a session and have none
  devices_offline,
  devices,  // in the fleet; what shares of the other gauges are over
  count_
};

struct Info {
  Id id;
  std::string_view name;
  std::string_view unit;  // "sessions", "ms", "bytes", ...
  Kind kind;
  Tag tag;
  std::string_view definition;  // one sentence
};

// The word a tag goes by in output: "cause", "rpc"; "" for none.
[[nodiscard]] std::string_view to_string(Tag tag);
[[nodiscard]] std::string_view to_string(Kind kind);

[[nodiscard]] std::span<const Info> catalogue();  // in the order of Id
[[nodiscard]] const Info& info(Id id);
[[nodiscard]] std::optional<Id> find_metric(std::string_view name);
[[nodiscard]] std::span<const std::string_view> metric_names();

}  // namespace cpefleet::metrics
