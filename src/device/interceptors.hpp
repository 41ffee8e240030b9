// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "cwmp/session/interceptor.hpp"
#include "profile/profile.hpp"

// The one catalogue of built behaviours: quirks by id, with what they do. Profiles switch them on by id.
namespace cpefleet::device {

struct InterceptorInfo {
  std::string_view id;
  std::string_view what;
  std::string_view parameters;  // names and defaults, "" for none
};
[[nodiscard]] std::span<const InterceptorInfo> interceptor_catalogue();

// The chain of one session, in the order in which the profile lists its quirks. Ids without a built behaviour are data
// of the profile and leave no link.
[[nodiscard]] cwmp::InterceptorChain make_interceptors(const profile::Profile& profile);

}  // namespace cpefleet::device
