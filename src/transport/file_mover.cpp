// SPDX-License-Identifier: Apache-2.0
#include "transport/file_mover.hpp"

namespace cpefleet::transport {

std::string_view to_string(FileEnd end) {
  switch (end) {
    case FileEnd::ok: return "ok";
    case FileEnd::bad_request: return "bad_request";
    case FileEnd::not_allowed: return "not_allowed";
    case FileEnd::resolve_failed: return "resolve_failed";
    case FileEnd::connect_failed: return "connect_failed";
    case FileEnd::tls_failed: return "tls_failed";
    case FileEnd::unauthorized: return "unauthorized";
    case FileEnd::not_found: return "not_found";
    case FileEnd::refused: return "refused";
    case FileEnd::cut: return "cut";
    case FileEnd::stalled: return "stalled";
    case FileEnd::timed_out: return "timed_out";
    case FileEnd::too_big: return "too_big";
    case FileEnd::bad_http: return "bad_http";
    case FileEnd::no_descriptor: return "no_descriptor";
    case FileEnd::no_memory: return "no_memory";
    case FileEnd::aborted: return "aborted";
  }
  return "";
}

}  // namespace cpefleet::transport
