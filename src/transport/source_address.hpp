// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace cpefleet::transport {

// The local address a device's connections come from, and the sockets libcurl is given.
class SourceAddress {
 public:
  SourceAddress() = default;  // the system's choice
  // "" is the system's choice. Empty for what is no numeric address.
  [[nodiscard]] static std::optional<SourceAddress> parse(const std::string& text);

  [[nodiscard]] bool chosen() const { return length_ != 0; }
  // A socket for what libcurl wants to connect to; CURL_SOCKET_BAD with errno when there is none to be had, or the
  // address cannot be bound.
  [[nodiscard]] curl_socket_t open(const curl_sockaddr& wanted) const;

 private:
  sockaddr_storage address_{};
  socklen_t length_ = 0;
};

}  // namespace cpefleet::transport
