// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "fleet/lan_addresses.hpp"
#include "scenario/plan.hpp"

// Where the devices of a run can be listened for; asked before it starts.
namespace cpefleet::engine {

// Which groups have addresses of their own that are this machine's.
struct OwnAddresses {
  std::vector<bool> of_group;
  fleet::LanAddresses devices;     // of those groups
  std::vector<std::string> notes;  // what is missing for the others: one line each, for people
  bool any = false;
};
[[nodiscard]] OwnAddresses own_addresses(const scenario::Plan& plan);

// The numeric address at which the ACS of the first device stands, its name when it has one.
[[nodiscard]] std::string acs_address(const scenario::Plan& plan);
// The address to listen on: the plan's, or the loopback's for an ACS that is there too, or all.
[[nodiscard]] std::string listening_address(const scenario::Plan& plan, bool own_addresses);

}  // namespace cpefleet::engine
