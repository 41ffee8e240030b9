// SPDX-License-Identifier: Apache-2.0
#include "engine/listening.hpp"

#include <fmt/format.h>

#include "base/url.hpp"
#include "transport/local_address.hpp"

namespace cpefleet::engine {

std::string acs_address(const scenario::Plan& plan) {
  std::string text;
  plan.fleet.front().group->expand(plan.fleet.front().group->acs_url, 0, text);
  const auto url = parse_url(text);
  return url ? url->host : std::string();
}

OwnAddresses own_addresses(const scenario::Plan& plan) {
  OwnAddresses out;
  for (const auto& planned : plan.fleet) {
    const auto& group = *planned.group;
    std::string lan_ip;
    group.append_place("lan_ip", 0, lan_ip);
    const auto* pool = fleet::LanAddresses::pool_of(group);
    const bool local = pool != nullptr && transport::is_local_address(lan_ip);
    if (local) static_cast<void>(out.devices.add(group));
    if (pool != nullptr && !local) {
      out.notes.push_back(fmt::format(
          "the devices of {} cannot be reached at their own addresses ({}, ...): those are not this machine's; for that "
          "run, as root: {}",
          group.name, lan_ip, transport::local_route_command(pool->range())));
    }
    out.of_group.push_back(local);
    out.any = out.any || local;
  }
  return out;
}

std::string listening_address(const scenario::Plan& plan, bool own_addresses) {
  if (!plan.connection_requests.address.empty()) return plan.connection_requests.address;
  const auto acs = acs_address(plan);
  const bool loopback = acs == "localhost" || acs == "::1" || acs.starts_with("127.");
  const bool v6 = acs.find(':') != std::string::npos;
  if (loopback && !own_addresses) return v6 ? "::1" : "127.0.0.1";
  return v6 ? "::" : "0.0.0.0";
}

}  // namespace cpefleet::engine
