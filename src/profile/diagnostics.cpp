// SPDX-License-Identifier: Apache-2.0
#include "profile/diagnostics.hpp"

#include <algorithm>
#include <arpa/inet.h>

#include "base/text.hpp"

namespace cpefleet::profile {
namespace {

using datamodel::kNoNode;

bool is_address(const std::string& text) {
  unsigned char address[16];
  return inet_pton(AF_INET, text.c_str(), address) == 1 || inet_pton(AF_INET6, text.c_str(), address) == 1;
}

// Letters, digits, hyphens, underscores and single dots; not a row of numbers, which would be an address.
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  const auto labels = split(text, '.');
  const auto is_label = [](std::string_view label) {
    return !label.empty() && label.size() <= 63 && std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
  };
  const bool numbers =
      std::all_of(labels.begin(), labels.end(), [](std::string_view label) { return parse_uint(label).has_value(); });
  return !numbers && std::all_of(labels.begin(), labels.end(), is_label);
}

// "Host." and "HOST" are "host".
std::string plain(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return to_lower(host);
}

}  // namespace

const NetworkPath& DiagnosticsBehaviour::path_to(std::string_view host) const {
  const auto named = hosts.find(plain(host));
  return named == hosts.end() ? path : named->second;
}

bool DiagnosticsBehaviour::resolves(std::string_view host) const {
  const auto name = plain(host);
  if (unresolvable.contains(name)) return false;
  if (host.find('\0') != std::string_view::npos) return false;
  return is_address(name) || (is_name(name) && name != "invalid" && !name.ends_with(".invalid"));
}

DiagnosticNodes::DiagnosticNodes(const datamodel::Schema& schema) {
  constexpr std::array<std::string_view, kDiagnosticKinds.size()> kObjects{
      "Device.LAN.IPPingDiagnostics.", "Device.LAN.TraceRouteDiagnostics.", "Device.DownloadDiagnostics.",
      "Device.UploadDiagnostics."};
  for (std::size_t i = 0; i < kObjects.size(); ++i) {
    const auto object = schema.find(kObjects[i]);
    if (object == kNoNode) continue;
    const auto state = schema.child(object, "DiagnosticsState");
    if (state != kNoNode) places[i] = {object, state};
  }
  hops = schema.find("Device.LAN.TraceRouteDiagnostics.RouteHops.{i}.");
  transports = {schema.find("Device.Capabilities.PerformanceDiagnostic.DownloadTransports"),
                schema.find("Device.Capabilities.PerformanceDiagnostic.UploadTransports")};
}

std::optional<DiagnosticKind> DiagnosticNodes::kind_of(const datamodel::Schema& schema, datamodel::NodeId id) const {
  const auto parent = schema.node(id).parent;
  for (const auto kind : kDiagnosticKinds) {
    if (parent != datamodel::kRoot && parent == of(kind).object) return kind;
  }
  return std::nullopt;
}

}  // namespace cpefleet::profile
