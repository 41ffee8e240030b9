// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/client_certificates.hpp"
#include "engine/shard.hpp"
#include "scenario/plan.hpp"

// The place that knows concrete classes and wires them together.
namespace cpefleet::sim {

// What a plan will take of this machine.
struct Needs {
  std::uint64_t in_flight = 0;  // most sessions at a time: the scenario's limit or what the descriptors allow
  std::uint64_t files = 0;      // most files at a time
  std::uint64_t descriptors = 0;
  std::uint64_t descriptor_limit = 0;
  std::uint64_t device_bytes = 0;
  std::uint64_t session_bytes = 0;
  std::vector<std::string> missing;  // one line each
};
[[nodiscard]] Needs estimate(const scenario::Plan& plan);

// Where the devices will call, resolved once. The error names the host that cannot be resolved, or that may not be
// called without --allow-host.
struct Targets {
  std::vector<std::pair<std::string, std::vector<std::string>>> pinned;  // host → addresses
  std::vector<std::string> allowed_hosts;
};
[[nodiscard]] Result<Targets> resolve_targets(const scenario::Plan& plan, std::vector<std::string> allowed_hosts);

// Real sockets through libcurl for every shard. `certificates` of the devices: null when they have none.
[[nodiscard]] engine::Shard::TransportFactory socket_transport(
    const scenario::Plan& plan, const Targets& targets, std::uint64_t in_flight, std::uint32_t shards,
    std::shared_ptr<const engine::CertificateSource> certificates);

[[nodiscard]] engine::Shard::FileMoverFactory socket_files(
    const scenario::Plan& plan, const Targets& targets, std::uint64_t at_once, std::uint32_t shards,
    std::shared_ptr<const engine::CertificateSource> certificates);

}  // namespace cpefleet::sim
