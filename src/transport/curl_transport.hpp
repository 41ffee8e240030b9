// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "transport/client_identity.hpp"
#include "transport/target_policy.hpp"
#include "transport/transport.hpp"

struct sockaddr;

namespace cpefleet::transport {

class CurlCore;

// The oldest version of TLS that will do. `system`: what OpenSSL is set up for on this machine, 1.2 on Debian 12. 1.0 and
// 1.1 lower OpenSSL's security level to 0, or they could not be spoken.
enum class TlsVersion : std::uint8_t { system, v1_0, v1_1, v1_2, v1_3 };

struct CurlTransportOptions {
  std::size_t max_channels = 1000;  // see recommended_max_channels(); divide it by the number of shards
  bool verify = true;               // TLS: certificate chain and name (H-23)
  std::string ca_file;              // PEM; "" for the system's
  TlsVersion min_tls = TlsVersion::system;
  std::shared_ptr<ClientIdentities> identities;  // client certificates of the devices; null for none
  std::size_t resume_tls = 0;                    // so many TLS sessions are kept for their devices to resume; 0: none
  bool connection_per_request = false;           // a quirk: every POST opens and closes its own connection
  // Asked before a socket is opened: may `host`, which leads to this address, be contacted? By default what
  // TargetPolicy{} says: private addresses only.
  std::function<bool(const sockaddr* address, std::string_view host)> allowed;
};

// Channels over real sockets: one libcurl multi handle, whose descriptors stand in an inner epoll set that Asio sees as
// a single descriptor. Host names must be pinned before they are used; numeric hosts need not be.
// Lifetime: destroyed before the io_context of `executor`; channels may outlive it, their exchanges end as `aborted`.
// Thread: the one that runs `executor`. Exchanges support terminal, partial and total cancellation.
class CurlTransport final : public Transport {
 public:
  CurlTransport(boost::asio::any_io_executor executor, const Clock& clock, CurlTransportOptions options);
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;
  ~CurlTransport() override;

  // Where a host name (lower case, as in Url::host) leads, on every port. A later call replaces an earlier one for
  // connections opened from then on. See resolve_host().
  void pin(std::string host, std::vector<std::string> addresses);

  [[nodiscard]] bool can_open() const override;
  [[nodiscard]] std::unique_ptr<Channel> open(ChannelOptions options) override;
  [[nodiscard]] std::size_t open_channels() const override;

 private:
  std::shared_ptr<CurlCore> core_;
};

}  // namespace cpefleet::transport
