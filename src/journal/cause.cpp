// SPDX-License-Identifier: Apache-2.0
#include "journal/cause.hpp"

#include <array>
#include <cstddef>

namespace cpefleet {
namespace {

struct Named {
  Cause cause;
  std::string_view name;
};

// In the order of the enumeration; checked below.
constexpr std::array kNames{
    Named{Cause::none, "none"},
    Named{Cause::resolve_failed, "resolve_failed"},
    Named{Cause::connect_refused, "connect_refused"},
    Named{Cause::connect_timeout, "connect_timeout"},
    Named{Cause::connect_failed, "connect_failed"},
    Named{Cause::tls_failed, "tls_failed"},
    Named{Cause::target_not_allowed, "target_not_allowed"},
    Named{Cause::reset, "reset"},
    Named{Cause::cut_after_send, "cut_after_send"},
    Named{Cause::response_timeout, "response_timeout"},
    Named{Cause::truncated_reply, "truncated_reply"},
    Named{Cause::bad_http, "bad_http"},
    Named{Cause::message_too_big, "message_too_big"},
    Named{Cause::unauthorized, "unauthorized"},
    Named{Cause::service_unavailable, "service_unavailable"},
    Named{Cause::http_client_error, "http_client_error"},
    Named{Cause::http_server_error, "http_server_error"},
    Named{Cause::unexpected_status, "unexpected_status"},
    Named{Cause::too_many_redirects, "too_many_redirects"},
    Named{Cause::bad_redirect, "bad_redirect"},
    Named{Cause::bad_xml, "bad_xml"},
    Named{Cause::not_soap, "not_soap"},
    Named{Cause::unexpected_message, "unexpected_message"},
    Named{Cause::empty_inform_reply, "empty_inform_reply"},
    Named{Cause::inform_fault, "inform_fault"},
    Named{Cause::must_understand, "must_understand"},
    Named{Cause::too_many_rpcs, "too_many_rpcs"},
    Named{Cause::session_too_long, "session_too_long"},
    Named{Cause::device_reboot, "device_reboot"},
    Named{Cause::not_saved, "not_saved"},
    Named{Cause::no_descriptor, "no_descriptor"},
    Named{Cause::aborted, "aborted"},
    Named{Cause::internal, "internal"},
};

constexpr auto kCauses = [] {
  std::array<Cause, kNames.size()> out{};
  for (std::size_t i = 0; i < kNames.size(); ++i) out[i] = kNames[i].cause;
  return out;
}();

constexpr bool in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (static_cast<std::size_t>(kNames[i].cause) != i) return false;
  }
  return kNames.back().cause == Cause::internal;
}
static_assert(in_order());

}  // namespace

std::string_view to_string(Cause cause) {
  const auto index = static_cast<std::size_t>(cause);
  return index < kNames.size() ? kNames[index].name : "unknown";
}

std::optional<Cause> parse_cause(std::string_view name) {
  for (const auto& known : kNames) {
    if (known.name == name) return known.cause;
  }
  return std::nullopt;
}

std::span<const Cause> all_causes() { return kCauses; }

}  // namespace cpefleet
