// SPDX-License-Identifier: Apache-2.0
#include "device/interceptors.hpp"

namespace cpefleet::device {

std::span<const InterceptorInfo> interceptor_catalogue() { return {}; }

cwmp::InterceptorChain make_interceptors(const profile::Profile& /*profile*/) { return {}; }

}  // namespace cpefleet::device
