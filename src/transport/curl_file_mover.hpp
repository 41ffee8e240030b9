// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "transport/file_mover.hpp"
#include "transport/target_policy.hpp"
#include "transport/tls_options.hpp"

namespace cpefleet::transport {

class CurlFileCore;

struct CurlFileMoverOptions : TlsOptions {
  std::size_t max_transfers = 1000;  // some 50 KB and a descriptor each while under way
  // Bytes per second of all transfers of this mover together; 0 for no limit. Each one under way may have an equal
  // share, after a first piece of 16 KB; what it does not use is not given to others.
  std::uint64_t speed = 0;
  // Bytes that the transfers under way keep together (FileRequest::keep_bytes); one that would be beyond ends as
  // no_memory.
  std::uint64_t kept_bytes = 256u << 20;
  TargetRule allowed;  // asked before a socket is opened
};

// Files over real sockets, by libcurl, on a multi handle of its own so that sessions do not wait for files. Every transfer
// has its own easy handle and connections: neither credentials nor cookies nor connections pass from one to another.
// Host names must be pinned before they are used; numeric hosts need not be. Up to five redirects are followed, each under
// the same rules as the first URL; from https to http too.
// Lifetime: destroyed before the io_context of `executor`; transfers may outlive it, and end as aborted.
// Thread: the one that runs `executor`.
class CurlFileMover final : public FileMover {
 public:
  CurlFileMover(boost::asio::any_io_executor executor, const Clock& clock, CurlFileMoverOptions options);
  CurlFileMover(const CurlFileMover&) = delete;
  CurlFileMover& operator=(const CurlFileMover&) = delete;
  ~CurlFileMover() override;

  // Where a host name (lower case, as in Url::host) leads, on every port. See resolve_host().
  void pin(std::string host, std::vector<std::string> addresses);

  [[nodiscard]] bool can_start() const override;
  [[nodiscard]] std::unique_ptr<FileTransfer> open() override;
  [[nodiscard]] std::size_t running() const override;
  [[nodiscard]] std::uint64_t moved() const override;

 private:
  std::shared_ptr<CurlFileCore> core_;
};

}  // namespace cpefleet::transport
