// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "integration/transport/client.hpp"
#include "transport/curl_file_mover.hpp"

namespace cpefleet::transport::test {

// A transfer under way and, later, what came of it.
struct Running {
  std::unique_ptr<FileTransfer> transfer;
  // Shared with the completion handler, which may come later than this goes.
  std::shared_ptr<std::optional<FileResult>> outcome = std::make_shared<std::optional<FileResult>>();
  [[nodiscard]] const std::optional<FileResult>& result() const { return *outcome; }
};

// A mover on an io_context of its own.
class FileClient {
 public:
  explicit FileClient(CurlFileMoverOptions options = {});

  // Blocks until it is over.
  [[nodiscard]] FileResult run(FileRequest request);
  [[nodiscard]] std::unique_ptr<Running> start(FileRequest request);
  void finish(const Running& running);

  boost::asio::io_context io;
  SteadyClock clock;
  std::unique_ptr<CurlFileMover> mover;
};

// With timeouts that are never reached in a test that passes.
[[nodiscard]] FileRequest get(Url url, std::uint64_t keep = 1 << 20);
[[nodiscard]] FileRequest put(Url url, std::string body);
[[nodiscard]] FileRequest put_filler(Url url, std::uint64_t bytes);

// The bytes of a put_filler().
[[nodiscard]] std::string filler(std::size_t bytes);

}  // namespace cpefleet::transport::test
