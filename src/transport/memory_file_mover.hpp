// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "transport/file_mover.hpp"
#include "transport/memory_transport.hpp"

namespace cpefleet::transport {

// What a server would see.
struct MemoryFileRequest {
  FileRequest::Method method = FileRequest::Method::get;
  Url url;
  std::string username;  // both as they were given: whether they do is for the handler to say (401)
  std::string password;
  std::string user_agent;
  std::string body;        // of a put; "" when it is generated
  std::uint64_t size = 0;  // of a put
  std::optional<journal::DeviceRef> device;
};

struct MemoryFileReply {
  // refuse: the connection. cut, stall: after `at` bytes of the file, in its direction.
  enum class Fate : std::uint8_t { answer, refuse, cut, stall };
  Fate fate = Fate::answer;
  std::uint64_t at = 0;
  int status = 200;
  std::string body;                // of a get
  std::uint64_t filler_bytes = 0;  // of a get, when `body` is empty; none of them are kept
  Duration delay{};                // before the reply
};

struct MemoryFileMoverOptions {
  std::size_t max_transfers = SIZE_MAX;
  Duration connect_time{};
  Duration one_way{};       // for a request or a reply to arrive
  std::uint64_t speed = 0;  // bytes per second of each transfer; 0: a file takes no time
};

// Files in virtual time: no sockets, no threads, the same ends as CurlFileMover has. What it cannot do it says: an https
// URL ends as tls_failed, a redirect as refused. It does not resolve names and does not judge targets, since nothing
// leaves the process. Traffic is the file and 52 bytes for each 1,448 of it; heads weigh nothing.
// Lifetime: clock, timers and handler outlive it; transfers may outlive it. Thread: the shard's.
class MemoryFileMover final : public FileMover {
 public:
  // Called when the head of the request has arrived.
  using Handler = std::function<MemoryFileReply(const MemoryFileRequest&)>;

  MemoryFileMover(boost::asio::any_io_executor executor, const Clock& clock, VirtualTimers& timers, Handler handler,
                  MemoryFileMoverOptions options = {});
  MemoryFileMover(const MemoryFileMover&) = delete;
  MemoryFileMover& operator=(const MemoryFileMover&) = delete;
  ~MemoryFileMover() override;

  [[nodiscard]] bool can_start() const override;
  [[nodiscard]] std::unique_ptr<FileTransfer> open() override;
  [[nodiscard]] std::size_t running() const override;
  [[nodiscard]] std::uint64_t moved() const override;

 private:
  struct Core;
  struct Run;
  class MemoryTransfer;
  std::shared_ptr<Core> core_;
};

}  // namespace cpefleet::transport
