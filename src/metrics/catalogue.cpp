// SPDX-License-Identifier: Apache-2.0
#include "metrics/catalogue.hpp"

#include <array>
#include <cstddef>

namespace cpefleet::metrics {
namespace {

constexpr auto kCount = static_cast<std::size_t>(Id::count_);
constexpr auto kCounter = Kind::counter;
constexpr auto kDuration = Kind::duration;
constexpr auto kGauge = Kind::gauge;

constexpr std::array<Info, kCount> kCatalogue{{
    {Id::sessions_planned, "sessions_planned", "sessions", kCounter, Tag::none,
     "Starts that the phases planned: started + merged + skipped + dropped."},
    {Id::sessions_started, "sessions_started", "sessions", kCounter, Tag::none,
     "Planned starts at which the device was idle and began a session."},
    {Id::sessions_merged, "sessions_merged", "sessions", kCounter, Tag::reason,
     "Planned starts whose event was queued because the device was in a session or in a retry wait."},
    {Id::sessions_skipped, "sessions_skipped", "sessions", kCounter, Tag::reason,
     "Planned starts of devices that were offline, or that had nothing to tell."},
    {Id::sessions_dropped, "sessions_dropped", "sessions", kCounter, Tag::reason,
     "Planned starts that the generator could not carry out."},
    {Id::attempts, "attempts", "sessions", kCounter, Tag::none,
     "Sessions begun: started + retries + the devices' own; done + failed + in flight."},
    {Id::retries, "retries", "sessions", kCounter, Tag::none, "Sessions begun at the end of a retry wait."},
    {Id::own_sessions, "own_sessions", "sessions", kCounter, Tag::trigger,
     "Sessions begun by the devices' own timers and events."},
    {Id::sessions_done, "sessions_done", "sessions", kCounter, Tag::none, "Sessions that ended as they should."},
    {Id::sessions_failed, "sessions_failed", "sessions", kCounter, Tag::cause, "Sessions that failed."},
    {Id::session_duration, "session_duration", "ms", kDuration, Tag::none,
     "From the planned start to the end of sessions that ended well, without the devices' own pauses."},
    {Id::session_duration_uncorrected, "session_duration_uncorrected", "ms", kDuration, Tag::none,
     "From the actual start to the end of sessions that ended well, without the devices' own pauses."},
    {Id::failed_session_duration, "failed_session_duration", "ms", kDuration, Tag::none,
     "From the planned start to the end of sessions that failed."},
    {Id::start_lateness, "start_lateness", "ms", kDuration, Tag::none, "From the planned to the actual start."},
    {Id::retry_lateness, "retry_lateness", "ms", kDuration, Tag::none,
     "From the end of a retry wait to the actual start."},
    {Id::inform_time, "inform_time", "ms", kDuration, Tag::none, "From the POST of an Inform to its InformResponse."},
    {Id::reply_time, "reply_time", "ms", kDuration, Tag::rpc,
     "From any POST to its whole reply, by the message that was posted."},
    {Id::connect_time, "connect_time", "ms", kDuration, Tag::none, "Opening a connection: TCP and TLS."},
    {Id::connection_request, "connection_request", "ms", kDuration, Tag::none,
     "From our 200 to a connection request to the InformResponse of its session; where it had to wait for a session under "
     "way, from that one's end."},
    {Id::connections, "connections", "connections", kCounter, Tag::none,
     "Connections to the ACS on which at least one reply came."},
    {Id::connections_reopened, "connections_reopened", "connections", kCounter, Tag::none,
     "Connections opened anew after the ACS closed one cleanly in the middle of a session."},
    {Id::posts, "posts", "requests", kCounter, Tag::none,
     "HTTP POSTs handed to the transport, whether or not they left."},
    {Id::bytes_sent, "bytes_sent", "bytes", kCounter, Tag::none, "Bytes of the bodies of those POSTs."},
    {Id::bytes_received, "bytes_received", "bytes", kCounter, Tag::none, "Bytes of HTTP bodies received."},
    {Id::rpcs, "rpcs", "rpcs", kCounter, Tag::rpc, "Requests of the ACS that were answered, faults included."},
    {Id::cpe_rpcs, "cpe_rpcs", "rpcs", kCounter, Tag::rpc,
     "Requests of the devices that were answered, Inform and faults included."},
    {Id::faults_sent, "faults_sent", "faults", kCounter, Tag::fault, "Faults with which devices answered the ACS."},
    {Id::faults_received, "faults_received", "faults", kCounter, Tag::fault,
     "Faults with which the ACS answered devices."},
    {Id::events_delivered, "events_delivered", "events", kCounter, Tag::event,
     "Events in Informs that the ACS accepted."},
    {Id::connection_requests, "connection_requests", "requests", kCounter, Tag::reason,
     "Connection requests that named a device, by what became of them."},
    {Id::stun_attempts, "stun_attempts", "attempts", kCounter, Tag::reason,
     "Attempts to learn the public address of a device by STUN, retransmissions included, by how they ended."},
    {Id::files, "files", "files", kCounter, Tag::reason,
     "Files that devices fetched or sent, and their TR-143 tests, by what they were; failures included."},
    {Id::files_failed, "files_failed", "files", kCounter, Tag::reason,
     "Those whose bytes did not get through, by how that ended."},
    {Id::file_bytes_received, "file_bytes_received", "bytes", kCounter, Tag::reason, "Bytes of files fetched."},
    {Id::file_bytes_sent, "file_bytes_sent", "bytes", kCounter, Tag::reason, "Bytes of files sent."},
    {Id::file_duration, "file_duration", "ms", kDuration, Tag::reason,
     "From the beginning to the end of files that got through."},
    {Id::transfers, "transfers", "transfers", kCounter, Tag::none,
     "Transfers whose TransferComplete, or AutonomousTransferComplete, the ACS acknowledged."},
    {Id::transfers_failed, "transfers_failed", "transfers", kCounter, Tag::fault,
     "Those of them that were told as failed, by the FaultCode."},
    {Id::http_challenges, "http_challenges", "replies", kCounter, Tag::none,
     "Replies that asked for authentication and were answered."},
    {Id::http_redirects, "http_redirects", "replies", kCounter, Tag::none, "Replies that led to another URL."},
    {Id::findings, "findings", "findings", kCounter, Tag::rule, "What the ACS did against the standard, by rule."},
    {Id::caps_hit, "caps_hit", "sessions", kCounter, Tag::reason, "Times a cap against endless sessions was reached."},
    {Id::in_flight, "in_flight", "sessions", kGauge, Tag::none, "Sessions under way."},
    {Id::files_under_way, "files_under_way", "files", kGauge, Tag::none,
     "Files on their way or waiting for a place, and images being written."},
    {Id::backlog, "backlog", "devices", kGauge, Tag::none,
     "Devices that want a session and have none, or run a test and will."},
    {Id::devices_offline, "devices_offline", "devices", kGauge, Tag::none, "Devices that are offline."},
    {Id::devices, "devices", "devices", kGauge, Tag::none, "Devices in the fleet."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (static_cast<std::size_t>(kCatalogue[i].id) != i || kCatalogue[i].name.empty()) return false;
  }
  return true;
}
static_assert(in_order());

constexpr auto kNames = [] {
  std::array<std::string_view, kCount> out{};
  for (std::size_t i = 0; i < kCount; ++i) out[i] = kCatalogue[i].name;
  return out;
}();

}  // namespace

std::string_view to_string(Tag tag) {
  switch (tag) {
    case Tag::none: return "";
    case Tag::cause: return "cause";
    case Tag::rpc: return "rpc";
    case Tag::event: return "event";
    case Tag::fault: return "fault";
    case Tag::trigger: return "trigger";
    case Tag::reason: return "reason";
    case Tag::rule: return "rule";
  }
  return "";
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::counter: return "counter";
    case Kind::duration: return "duration";
    case Kind::gauge: return "gauge";
  }
  return "";
}

std::span<const Info> catalogue() { return kCatalogue; }

const Info& info(Id id) { return kCatalogue[static_cast<std::size_t>(id)]; }

std::optional<Id> find_metric(std::string_view name) {
  for (const auto& metric : kCatalogue) {
    if (metric.name == name) return metric.id;
  }
  return std::nullopt;
}

std::span<const std::string_view> metric_names() { return kNames; }

}  // namespace cpefleet::metrics
