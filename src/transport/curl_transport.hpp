// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "transport/target_policy.hpp"
#include "transport/tls_options.hpp"
#include "transport/transport.hpp"

namespace cpefleet::transport {

class CurlCore;

struct CurlTransportOptions : TlsOptions {
  std::size_t max_channels = 1000;      // see recommended_max_channels(); divide it by the number of shards
  std::size_t resume_tls = 0;           // so many TLS sessions are kept for their devices to resume; 0: none
  bool connection_per_request = false;  // a quirk: every POST opens and closes its own connection
  TargetRule allowed;                   // asked before a socket is opened
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
