// SPDX-License-Identifier: Apache-2.0
#include "transport/source_address.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <unistd.h>

namespace cpefleet::transport {

std::optional<SourceAddress> SourceAddress::parse(const std::string& text) {
  SourceAddress out;
  if (text.empty()) return out;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    std::memcpy(&out.address_, &v4, sizeof v4);
    out.length_ = sizeof v4;
    return out;
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    std::memcpy(&out.address_, &v6, sizeof v6);
    out.length_ = sizeof v6;
    return out;
  }
  return std::nullopt;
}

curl_socket_t SourceAddress::open(const curl_sockaddr& wanted) const {
  const int fd = socket(wanted.family, wanted.socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, wanted.protocol);
  if (fd < 0 || length_ == 0) return fd < 0 ? CURL_SOCKET_BAD : fd;
  // The port is chosen by connect(), per destination: one source address then has a port range for each ACS.
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address_), length_) == 0) return fd;
  const int number = errno;
  close(fd);
  errno = number;
  return CURL_SOCKET_BAD;
}

}  // namespace cpefleet::transport
