// SPDX-License-Identifier: Apache-2.0
#include "integration/files/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

namespace cpefleet::transport::test {

FileClient::FileClient(CurlFileMoverOptions options)
    : mover(std::make_unique<CurlFileMover>(io.get_executor(), clock, std::move(options))) {}

std::unique_ptr<Running> FileClient::start(FileRequest request) {
  auto running = std::make_unique<Running>();
  running->transfer = mover->open();
  REQUIRE(running->transfer != nullptr);
  boost::asio::co_spawn(io, running->transfer->run(std::move(request)),
                        [to = running->outcome](const std::exception_ptr& thrown, FileResult result) {
                          if (thrown) std::rethrow_exception(thrown);
                          *to = std::move(result);
                        });
  return running;
}

void FileClient::finish(const Running& running) {
  io.restart();
  while (!running.result()) REQUIRE(io.run_one() > 0);
}

FileResult FileClient::run(FileRequest request) {
  const auto running = start(std::move(request));
  finish(*running);
  return std::move(**running->outcome);
}

FileRequest get(Url url, std::uint64_t keep) {
  FileRequest request;
  request.url = std::move(url);
  request.keep_bytes = keep;
  request.user_agent = "Grandstream GXP2170";
  request.connect_timeout = std::chrono::seconds{20};
  request.stall_timeout = std::chrono::seconds{20};
  request.total_timeout = std::chrono::seconds{60};
  return request;
}

FileRequest put(Url url, std::string body) {
  FileRequest request = get(std::move(url), 0);
  request.method = FileRequest::Method::put;
  request.body = std::move(body);
  return request;
}

FileRequest put_filler(Url url, std::uint64_t bytes) {
  FileRequest request = put(std::move(url), {});
  request.filler_bytes = bytes;
  return request;
}

std::string filler(std::size_t bytes) {
  constexpr std::string_view kPattern = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";
  std::string out;
  while (out.size() < bytes) out += kPattern;
  out.resize(bytes);
  return out;
}

}  // namespace cpefleet::transport::test
