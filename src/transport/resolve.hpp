// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"

// What a process asks its system about the network before a run starts.
namespace cpefleet::transport {

// The numeric addresses of a host, in the order the system prefers; a numeric host is its own address. Blocks: startup
// only. Names are resolved once and pinned (CurlTransport::pin), so that an answer that changes during a run leads
// nobody elsewhere and no session waits for DNS.
[[nodiscard]] Result<std::vector<std::string>> resolve_host(const std::string& host);

// How many descriptors this process may open now: RLIMIT_NOFILE, its soft limit, or a million when that is less.
[[nodiscard]] std::size_t descriptor_limit();

// How many sessions fit them: one each, and some room for everything else. Raise the soft limit before asking.
[[nodiscard]] std::size_t recommended_max_channels();

}  // namespace cpefleet::transport
