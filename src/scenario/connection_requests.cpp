// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

using Listen = ConnectionRequests::Listen;

bool is_numeric(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

struct HostPort {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};

std::optional<HostPort> split_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_uint(text.substr(colon + 1));
  if (!port || *port > UINT16_MAX) return std::nullopt;
  auto host = text.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  if (!brackets && host.find(':') != std::string_view::npos) return std::nullopt;
  return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

}  // namespace

Result<void> parse_listen(std::string_view text, ConnectionRequests& out) {
  if (text == "auto" || text == "off") {
    out.listen = text == "auto" ? Listen::automatic : Listen::off;
    return {};
  }
  out.listen = Listen::place;
  out.port_each = text.ends_with('+');
  if (out.port_each) text.remove_suffix(1);
  const auto place = split_host_port(text);
  const std::string address = place && place->host.empty() ? "0.0.0.0" : place ? place->host : "";
  if (!place || !is_numeric(address) || (out.port_each && place->port == 0)) {
    return failure(fmt::format(
        "\"{}\" is no place to listen: write auto, off, ADDRESS:PORT, :PORT for all addresses, or a + behind "
        "the port for a port each (127.0.0.1:20000+)",
        text));
  }
  out.address = address;
  out.port = place->port;
  return {};
}

Result<void> parse_advertise(std::string_view text, ConnectionRequests& out) {
  const auto place = split_host_port(text);
  if (!place || place->host.empty() || place->port == 0) return failure(fmt::format("\"{}\" is not HOST:PORT", text));
  out.host = place->host;
  out.advertised_port = place->port;
  return {};
}

// `connection_requests: { listen: ":7547", advertise: lab.example.com:7547, udp_port: 54320, throttle: 5/m }`
void read_connection_requests(const yaml::Node& node, Loading& loading) {
  yaml::MapReader reader(node, "`connection_requests`", loading.diagnostics, keys_of("connection_requests"));
  auto& out = loading.plan.connection_requests;
  if (const auto text = reader.optional_string("listen")) {
    if (const auto parsed = parse_listen(*text, out); !parsed) reader.wrong("listen", parsed.error().message());
  }
  if (const auto text = reader.optional_string("advertise")) {
    if (const auto parsed = parse_advertise(*text, out); !parsed) reader.wrong("advertise", parsed.error().message());
  }
  if (const auto port = reader.optional_uint("udp_port", 0, UINT16_MAX))
    out.udp_port = static_cast<std::uint16_t>(*port);
  if (const auto rate = reader.optional_rate("throttle")) {
    // So many in the time in which the rate gives one, or in a second when it gives more than one in that.
    const double per_second = rate->per_second;
    out.throttle = per_second >= 1 ? static_cast<std::uint32_t>(per_second) : 1;
    out.throttle_window = per_second >= 1
                              ? Duration{std::chrono::seconds{1}}
                              : std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / per_second));
  }
  reader.finish();
}

void apply_connection_request_overrides(Loading& loading) {
  auto& out = loading.plan.connection_requests;
  const auto& over = loading.overrides;
  if (over.listen) {
    if (const auto parsed = parse_listen(*over.listen, out); !parsed)
      loading.wrong({"--connection-requests", 0, 0}, parsed.error().message());
  }
  if (over.advertise) {
    if (const auto parsed = parse_advertise(*over.advertise, out); !parsed)
      loading.wrong({"--advertise", 0, 0}, parsed.error().message());
  }
}

}  // namespace cpefleet::scenario
