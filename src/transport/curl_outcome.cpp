// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <fmt/format.h>
#include <string_view>
#include <system_error>

#include "base/units.hpp"
#include "transport/curl_slot.hpp"

namespace cpefleet::transport {
namespace {

std::string words_of(int number) { return std::generic_category().message(number); }

// `http://acs.example:7547 (10.0.0.1)`
std::string target(const CurlSlot& slot) {
  const std::string origin = slot.url.origin();
  const std::string peer = slot.peer ? to_string(*slot.peer) : std::string{};
  return peer.empty() || slot.url.host == peer ? origin : fmt::format("{} ({})", origin, peer);
}

std::string words_of(const CurlSlot& slot, CURLcode result) {
  return slot.error[0] != '\0' ? slot.error.data() : curl_easy_strerror(result);
}

// libcurl keeps errno from one transfer to the next; only its own words say that this one failed in a socket call.
bool socket_error(const CurlSlot& slot) {
  const std::string_view words = slot.error.data();
  return words.starts_with("Recv failure") || words.starts_with("Send failure");
}

bool is_reset(const CurlSlot& slot) {
  const int number = os_error(slot.easy);
  return socket_error(slot) && (number == ECONNRESET || number == EPIPE);
}

bool out_of_descriptors(int number) { return number == EMFILE || number == ENFILE; }

Failed connect_failure(const CurlSlot& slot) {
  const int number = os_error(slot.easy);
  Cause cause = Cause::connect_failed;
  if (number == ECONNREFUSED) cause = Cause::connect_refused;
  if (number == ETIMEDOUT) cause = Cause::connect_timeout;
  if (out_of_descriptors(number)) cause = Cause::no_descriptor;
  return {cause, fmt::format("cannot connect to {}: {}", target(slot), words_of(number))};
}

// Nothing of the reply was there when the connection went away.
Failed cut(const CurlSlot& slot, std::string_view how) {
  return {Cause::cut_after_send, fmt::format("{} {} after the POST was sent, before any reply", target(slot), how)};
}

Failed stopped(const CurlSlot& slot) {
  switch (slot.stop) {
    case Stop::not_allowed:
      return {Cause::target_not_allowed,
              slot.peer ? TargetPolicy::refusal(slot.url.host, *slot.peer) : target(slot) + " is not allowed"};
    case Stop::no_socket:
      if (out_of_descriptors(slot.stop_errno)) {
        return {Cause::no_descriptor, fmt::format("no socket for {}: {}", target(slot), words_of(slot.stop_errno))};
      }
      if (slot.source && slot.source->chosen()) {
        return {Cause::connect_failed, fmt::format("cannot connect from {} to {}: {}", slot.options.source_address,
                                                   target(slot), words_of(slot.stop_errno))};
      }
      return {Cause::connect_failed, fmt::format("no socket for {}: {}", target(slot), words_of(slot.stop_errno))};
    case Stop::too_big:
      return {Cause::message_too_big, fmt::format("the reply of {} has more than {} bytes", target(slot),
                                                  format_count(slot.options.message_size))};
    case Stop::too_many_headers:
      return {Cause::bad_http, fmt::format("the reply of {} has too many headers: {} lines, {} bytes", target(slot),
                                           slot.header_lines, slot.header_bytes)};
    case Stop::not_http1:
      return {Cause::bad_http, fmt::format("{} answers with another version of HTTP than 1.x", target(slot))};
    case Stop::second_send: return cut(slot, is_reset(slot) ? "reset the connection" : "closed the connection");
    case Stop::none: break;
  }
  return {Cause::internal, "an exchange was stopped without a reason"};
}

// With TLS 1.3 a server judges the device's certificate when the device holds the handshake for done.
bool refused_by_alert(const CurlSlot& slot) {
  const std::string_view words = slot.error.data();
  return slot.url.tls() && slot.header_lines == 0 && words.find("SSL routines") != std::string_view::npos &&
         words.find("alert") != std::string_view::npos;
}

Failed lost(const CurlSlot& slot, CURLcode result) {
  if (refused_by_alert(slot)) return {Cause::tls_failed, fmt::format("{}: {}", target(slot), words_of(slot, result))};
  if (slot.header_lines == 0) return cut(slot, is_reset(slot) ? "reset the connection" : "closed the connection");
  if (is_reset(slot))
    return {Cause::reset, fmt::format("{} reset the connection in the middle of a reply", target(slot))};
  const bool transport_failed = slot.url.tls() || socket_error(slot) || result == CURLE_SEND_ERROR;
  return {transport_failed ? Cause::truncated_reply : Cause::bad_http,
          fmt::format("{}: {}", target(slot), words_of(slot, result))};
}

Failed failure_of(const CurlSlot& slot, CURLcode result) {
  if (slot.stop != Stop::none) return stopped(slot);
  if (!slot.tls.refusal().empty()) return {Cause::tls_failed, slot.tls.refusal()};
  const std::string detail = fmt::format("{}: {}", target(slot), words_of(slot, result));
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST: return {Cause::resolve_failed, detail};
    case CURLE_COULDNT_CONNECT: return connect_failure(slot);
    case CURLE_OPERATION_TIMEDOUT: return timed_out(slot);
    case CURLE_GOT_NOTHING: return cut(slot, "closed the connection");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return lost(slot, result);
    case CURLE_PARTIAL_FILE: return {Cause::truncated_reply, detail};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_INVALIDCERTSTATUS: return {Cause::tls_failed, detail};
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9, or a version other than 1.x
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return {Cause::bad_http, detail};
    case CURLE_OUT_OF_MEMORY:  // what 7.88 says of a header line over 100 KB
    default: return {slot.handed_over ? Cause::bad_http : Cause::internal, detail};
  }
}

}  // namespace

Failed timed_out(const CurlSlot& slot) {
  if (!slot.handed_over) {
    return {Cause::connect_timeout,
            fmt::format("no connection to {} within {}", target(slot), format_duration(slot.options.connect_timeout))};
  }
  return {Cause::response_timeout, fmt::format("no complete reply from {} within {}", target(slot),
                                               format_duration(slot.options.response_timeout))};
}

Outcome outcome_of(CurlSlot& slot, CURLcode result) {
  if (result != CURLE_OK) return failure_of(slot, result);
  // To libcurl a connection closed in the middle of the headers is the end of a reply without a body.
  if (slot.in_headers) {
    return Failed{Cause::truncated_reply, fmt::format("{} closed the connection within the headers", target(slot))};
  }
  Reply reply;
  reply.status = reply_status(slot.easy);
  reply.headers = std::move(slot.headers);
  reply.body = std::move(slot.body);
  reply.connection_closed = slot.sockets.empty();
  reply.reopened = slot.opened && slot.used;
  if (slot.opened) reply.connected_in = connect_time(slot.easy);
  return reply;
}

}  // namespace cpefleet::transport
