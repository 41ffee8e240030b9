// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cpefleet {

// Why a session failed. The names are part of the results' format: `failed{cause}`.
enum class Cause : std::uint8_t {
  none,  // it did not fail
  // Before a byte was answered
  resolve_failed,  // the host name has no address
  connect_refused,
  connect_timeout,
  connect_failed,      // any other error of connect: no route, no port left, ...
  tls_failed,          // handshake or certificate
  target_not_allowed,  // a public address without leave (--allow-host)
  // On the wire
  reset,             // connection reset
  cut_after_send,    // closed by the ACS after a POST was handed over, before its reply
  response_timeout,  // no reply in time (H-11)
  truncated_reply,   // fewer bytes than announced
  bad_http,          // not HTTP, or a broken header or chunk
  message_too_big,   // more than limits.message_size
  // HTTP
  unauthorized,         // 401 or 407 that the device cannot or may not answer again
  service_unavailable,  // 503
  http_client_error,    // any other 4xx
  http_server_error,    // any other 5xx
  unexpected_status,    // 1xx, 3xx without Location, unknown
  too_many_redirects,
  bad_redirect,  // a Location that is no http(s) URL
  // CWMP
  bad_xml,
  not_soap,            // XML, but no SOAP 1.1 envelope, or none of CWMP's messages in it
  unexpected_message,  // a message that may not come here: a request instead of InformResponse, an unasked response
  empty_inform_reply,  // no InformResponse at all
  inform_fault,        // fault to Inform (8005 after its retries included)
  must_understand,     // the reply's header demands what the device does not know
  too_many_rpcs,       // limits.rpcs_per_session
  session_too_long,    // limits.session_time
  // Ours
  device_reboot,  // cut by the device itself (a quirk)
  not_saved,      // the state file would not take what the reply promises, so it was not sent
  no_descriptor,  // no socket left to connect with: the limit of open files (ulimit -n, or the system's)
  aborted,        // the run ended
  internal,       // a defect of cpefleet; never expected
};

[[nodiscard]] std::string_view to_string(Cause cause);
[[nodiscard]] std::optional<Cause> parse_cause(std::string_view name);
[[nodiscard]] std::span<const Cause> all_causes();

}  // namespace cpefleet
