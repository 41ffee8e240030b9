// SPDX-License-Identifier: Apache-2.0
#include "transport/resolve.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "transport/target_policy.hpp"

namespace cpefleet::transport {

Result<std::vector<std::string>> resolve_host(const std::string& host) {
  if (parse_ip(host)) return std::vector<std::string>{host};
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> guard(found, &freeaddrinfo);
  // RFC 6761 6.3: wherever no system says what this name is, as in a bare chroot without /etc/hosts.
  if (error != 0 && host == "localhost") return std::vector<std::string>{"127.0.0.1", "::1"};
  if (error != 0) return failure(fmt::format("the name {} has no address: {}", host, gai_strerror(error)));
  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    const auto address = ip_of(entry->ai_addr);
    if (!address) continue;
    std::string text = to_string(*address);
    if (std::find(addresses.begin(), addresses.end(), text) == addresses.end()) addresses.push_back(std::move(text));
  }
  if (addresses.empty()) return failure(fmt::format("the name {} has no IPv4 or IPv6 address", host));
  return addresses;
}

std::size_t descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
  // Some systems have no limit at all; a million is the most this program is made for.
  return std::min<std::size_t>(limit.rlim_cur, 1'000'000);
}

std::size_t recommended_max_channels() {
  constexpr std::size_t kOthers = 200;  // listeners, epoll sets, files, standard streams, the prompt
  const std::size_t descriptors = descriptor_limit();
  return descriptors > 2 * kOthers ? descriptors - kOthers : std::max<std::size_t>(descriptors / 2, 1);
}

}  // namespace cpefleet::transport
