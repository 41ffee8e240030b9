// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "datamodel/schema.hpp"

namespace cpefleet::profile {

// The way from a device to a host, as a ping or a trace route finds it. Nothing is known of real ones: assumed, unless a
// profile says more.
struct NetworkPath {
  double loss = 0;                                  // share of packets that come to nothing
  Duration median = std::chrono::milliseconds{20};  // of the round trip, log-normal through the two
  Duration p99 = std::chrono::milliseconds{80};
  std::uint32_t hops = 8;  // the host itself is the last
};

struct DiagnosticsBehaviour {
  NetworkPath path;                                       // to every host that is not named below
  std::map<std::string, NetworkPath, std::less<>> hosts;  // names in lower case
  std::set<std::string, std::less<>> unresolvable;        // the same
  std::string origin = "assumed";

  [[nodiscard]] const NetworkPath& path_to(std::string_view host) const;
  // An address, or a name of the right form that is not said to be unknown and does not end in ".invalid" (RFC 6761).
  [[nodiscard]] bool resolves(std::string_view host) const;
};

enum class DiagnosticKind : std::uint8_t { ping, trace_route, download, upload };
constexpr std::array kDiagnosticKinds{DiagnosticKind::ping, DiagnosticKind::trace_route, DiagnosticKind::download,
                                      DiagnosticKind::upload};

// Where the diagnostics of a schema are (TR-106, TR-143); kNoNode for what the model does not have. Looked up once.
struct DiagnosticNodes {
  DiagnosticNodes() = default;
  explicit DiagnosticNodes(const datamodel::Schema& schema);

  struct Place {
    datamodel::NodeId object = datamodel::kNoNode;
    datamodel::NodeId state = datamodel::kNoNode;  // DiagnosticsState
  };
  std::array<Place, kDiagnosticKinds.size()> places;
  datamodel::NodeId hops = datamodel::kNoNode;                                          // the table RouteHops
  std::array<datamodel::NodeId, 2> transports{datamodel::kNoNode, datamodel::kNoNode};  // of download, of upload

  [[nodiscard]] const Place& of(DiagnosticKind kind) const { return places[static_cast<std::size_t>(kind)]; }
  // Which of them a parameter is a direct part of.
  [[nodiscard]] std::optional<DiagnosticKind> kind_of(const datamodel::Schema& schema, datamodel::NodeId id) const;
};

}  // namespace cpefleet::profile
