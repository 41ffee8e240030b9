// SPDX-License-Identifier: Apache-2.0
#include "compose.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "base/url.hpp"
#include "engine/connection_requests.hpp"
#include "engine/udp_requests.hpp"
#include "transport/curl_file_mover.hpp"
#include "transport/curl_transport.hpp"
#include "transport/resolve.hpp"
#include "transport/target_policy.hpp"

namespace cpefleet::sim {
namespace {

// Measured (bench/): an idle device before and after its bootstrap, a session under way.
constexpr std::uint64_t kIdleDevice = 256;
constexpr std::uint64_t kBootstrappedDevice = 1024;
constexpr std::uint64_t kSession = 40 * 1024;

constexpr std::uint64_t kUdpDescriptors = 4;  // two sockets, each with a duplicate to wait on

// Descriptors that connection requests keep from the sessions.
Result<std::uint64_t> for_connection_requests(const scenario::Plan& plan) {
  std::uint64_t count = engine::UdpRequests::wanted(plan, plan.acs.builtin) ? kUdpDescriptors : 0;
  if (!engine::ConnectionRequests::wanted(plan, plan.acs.builtin)) return count;
  const auto sockets = engine::ConnectionRequests::sockets(plan);
  if (!sockets) return tl::unexpected<Error>(sockets.error());
  return count + sockets->listening + sockets->connections;
}

transport::TlsVersion min_tls(scenario::TlsVersion version) {
  switch (version) {
    case scenario::TlsVersion::v1_0: return transport::TlsVersion::v1_0;
    case scenario::TlsVersion::v1_1: return transport::TlsVersion::v1_1;
    case scenario::TlsVersion::v1_2: return transport::TlsVersion::v1_2;
    case scenario::TlsVersion::v1_3: return transport::TlsVersion::v1_3;
    case scenario::TlsVersion::system: break;
  }
  return transport::TlsVersion::system;
}

}  // namespace

Needs estimate(const scenario::Plan& plan) {
  Needs needs;
  const std::uint64_t fits = transport::recommended_max_channels();
  needs.descriptor_limit = transport::descriptor_limit();
  const auto requests = for_connection_requests(plan);
  if (!requests) needs.missing.push_back(requests.error().message());
  // Files leave the sessions most of what there is; those that find no place wait.
  needs.files = std::min({plan.limits.files, plan.devices(), fits / 16 + 1});
  const auto reserved = requests.value_or(0) + needs.files;
  const auto others = needs.descriptor_limit - fits + reserved;
  // The built-in ACS stands in the same process: its ends of the connections count too.
  const std::uint64_t per_session = plan.acs.builtin ? 2 : 1;
  const auto room = fits > reserved + per_session ? (fits - reserved) / per_session : std::uint64_t{1};
  needs.in_flight = std::min<std::uint64_t>(plan.limits.in_flight.value_or(room), plan.devices());
  if (needs.in_flight > room) {
    needs.missing.push_back(fmt::format(
        "limits.in_flight {} needs {} descriptors{}, this process may open {}: raise the limit (ulimit -n) or lower in_flight",
        needs.in_flight, needs.in_flight * per_session + others,
        reserved > 0 ? fmt::format(" ({} of them for connection requests and files)", reserved) : "",
        needs.descriptor_limit));
    needs.in_flight = room;
  }
  needs.descriptors = needs.in_flight * per_session + others;
  bool bootstraps = false;
  for (const auto& group : plan.fleet) bootstraps = bootstraps || !group.group->start_known;
  needs.device_bytes = plan.devices() * (bootstraps ? kBootstrappedDevice : kIdleDevice);
  needs.session_bytes = needs.in_flight * kSession;
  return needs;
}

Result<Targets> resolve_targets(const scenario::Plan& plan, std::vector<std::string> allowed_hosts) {
  Targets targets;
  targets.allowed_hosts = std::move(allowed_hosts);
  std::set<std::string> hosts(targets.allowed_hosts.begin(), targets.allowed_hosts.end());
  hosts.insert("localhost");
  std::set<std::string> named;  // by the scenario: where they cannot be contacted, the run does not begin
  const auto name = [&](std::string_view what, std::string_view text) -> Result<void> {
    const auto url = parse_url(text);
    if (!url) return failure(fmt::format("{}: {}", what, url.error().message()));
    hosts.insert(url->host);
    named.insert(url->host);
    return {};
  };
  for (const auto& group : plan.fleet) {
    std::string text;
    group.group->expand(group.group->acs_url, 0, text);
    // Without one it is the profile's own, or none: said when the device tries.
    if (const auto good = text.empty() ? Result<void>() : name("the ACS URL", text); !good)
      return tl::unexpected<Error>(good.error());
    const auto& server = group.group->files.provisioning_server;
    if (const auto good = server.empty() ? Result<void>() : name("`provisioning`", server); !good)
      return tl::unexpected<Error>(good.error());
  }
  for (const auto& phase : plan.phases) {
    if (const auto& url = phase.doing.url; !url.empty()) {
      if (const auto good = name("`download`", url); !good) return tl::unexpected<Error>(good.error());
    }
  }
  const transport::TargetPolicy policy{targets.allowed_hosts};
  for (const auto& host : hosts) {
    auto addresses = transport::resolve_host(host);
    if (!addresses) {
      if (!named.contains(host)) continue;
      return failure(fmt::format("{}: {}", host, addresses.error().message()));
    }
    if (named.contains(host)) {
      for (const auto& address : *addresses) {
        const auto ip = transport::parse_ip(address);
        if (ip && !policy.allows(host, *ip)) return failure(transport::TargetPolicy::refusal(host, *ip));
      }
    }
    targets.pinned.emplace_back(host, std::move(*addresses));
  }
  return targets;
}

namespace {

void say_tls(const scenario::Plan& plan, const Targets& targets, transport::TlsOptions& options,
             transport::TargetRule& allowed) {
  options.verify = plan.acs.tls.verify;
  options.ca_file = plan.acs.tls.ca_file;
  options.min_tls = min_tls(plan.acs.tls.min_version);
  allowed = [policy = transport::TargetPolicy{targets.allowed_hosts}](const sockaddr* address, std::string_view host) {
    const auto ip = transport::ip_of(address);
    return ip && policy.allows(host, *ip);
  };
}

}  // namespace

engine::Shard::FileMoverFactory socket_files(const scenario::Plan& plan, const Targets& targets, std::uint64_t at_once,
                                             std::uint32_t shards,
                                             std::shared_ptr<const engine::CertificateSource> certificates) {
  transport::CurlFileMoverOptions options;
  say_tls(plan, targets, options, options.allowed);
  // A device stays with its shard, so the shards share out what all of them may do.
  options.max_transfers = (at_once + shards - 1) / shards;
  options.speed = plan.limits.file_speed == 0 ? 0 : std::max<std::uint64_t>(1, plan.limits.file_speed / shards);
  return [options, pinned = targets.pinned, certificates = std::move(certificates)](engine::Shard& shard) {
    auto own = options;
    if (certificates) own.identities = std::make_shared<engine::ClientCertificates>(certificates);
    auto made =
        std::make_unique<transport::CurlFileMover>(shard.context().get_executor(), shard.clock(), std::move(own));
    for (const auto& [host, addresses] : pinned) made->pin(host, addresses);
    return made;
  };
}

engine::Shard::TransportFactory socket_transport(const scenario::Plan& plan, const Targets& targets,
                                                 std::uint64_t in_flight, std::uint32_t shards,
                                                 std::shared_ptr<const engine::CertificateSource> certificates) {
  transport::CurlTransportOptions options;
  say_tls(plan, targets, options, options.allowed);
  // A device stays with its shard, and so do its TLS sessions.
  options.resume_tls = (plan.acs.tls.resume + shards - 1) / shards;
  return [options, pinned = targets.pinned, in_flight, shards,
          certificates = std::move(certificates)](engine::Shard& shard) {
    auto own = options;
    if (certificates) own.identities = std::make_shared<engine::ClientCertificates>(certificates);
    // The remainder goes to the first shards, as the devices do.
    own.max_channels = static_cast<std::size_t>(
        std::max<std::uint64_t>(1, in_flight / shards + (shard.number() < in_flight % shards ? 1 : 0)));
    auto made =
        std::make_unique<transport::CurlTransport>(shard.context().get_executor(), shard.clock(), std::move(own));
    for (const auto& [host, addresses] : pinned) made->pin(host, addresses);
    return made;
  };
}

}  // namespace cpefleet::sim
