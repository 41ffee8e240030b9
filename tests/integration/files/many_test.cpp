// SPDX-License-Identifier: Apache-2.0
// Many transfers at once, and what limits them.
#include <atomic>
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "integration/files/client.hpp"
#include "integration/files/file_server.hpp"
#include "support/raw_server.hpp"

namespace cpefleet::transport::test {
namespace {

using cpefleet::test::FileServer;
using cpefleet::test::http_reply;
using cpefleet::test::RawConnection;
using cpefleet::test::RawServer;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

TEST_CASE("three hundred files at once under one limit: all come, little is kept, the sum is limited") {
  FileServer server;
  constexpr std::size_t kFiles = 300;
  constexpr std::size_t kSize = 20'000;
  constexpr std::uint64_t kSpeed = 3'000'000;
  server.write("/open/a", filler(kSize));
  CurlFileMoverOptions options;
  options.speed = kSpeed;
  FileClient client(options);
  const TimePoint begin = client.clock.now();
  std::vector<std::unique_ptr<Running>> all;
  for (std::size_t i = 0; i < kFiles; ++i) all.push_back(client.start(get(server.http("/open/a"), 100)));
  CHECK(client.mover->running() == kFiles);
  for (const auto& running : all) client.finish(*running);
  const double took = seconds(client.clock.now() - begin);
  std::size_t kept = 0;
  for (const auto& running : all) {
    CHECK_MESSAGE(running->result()->end == FileEnd::ok, running->result()->detail);
    CHECK(running->result()->bytes == kSize);
    kept += running->result()->kept.size();
  }
  CHECK(kept == kFiles * 100);
  CHECK(client.mover->moved() == kFiles * kSize);
  // Six million bytes at three million a second. Every transfer may take one buffer before it is limited.
  CHECK(took > 0.5);
  CHECK(server.log().size() == kFiles);
}

TEST_CASE("the limit counts for all together, and its shares change while files are under way") {
  std::atomic<std::uint64_t> sent = 0;
  RawServer server([&sent](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    const std::string piece(1000, 'x');
    while (connection.send(piece)) sent += piece.size();
  });
  constexpr std::uint64_t kSpeed = 1'000'000;
  CurlFileMoverOptions options;
  options.speed = kSpeed;
  FileClient client(options);
  const auto speed_over = [&client](Duration length) {
    const std::uint64_t before = client.mover->moved();
    const TimePoint begin = client.clock.now();
    while (client.clock.now() - begin < length) client.io.run_one_for(std::chrono::milliseconds{10});
    return static_cast<double>(client.mover->moved() - before) / seconds(client.clock.now() - begin);
  };
  std::vector<std::unique_ptr<Running>> all;
  for (int i = 0; i < 10; ++i) all.push_back(client.start(get(url_of(server.port()), 0)));
  static_cast<void>(speed_over(std::chrono::milliseconds{500}));  // the first buffers
  const double ten = speed_over(std::chrono::milliseconds{1500});
  CHECK(ten < 1.5 * kSpeed);
  CHECK(ten > 0.1 * kSpeed);
  // One alone soon has what ten had.
  while (all.size() > 1) all.pop_back();
  static_cast<void>(speed_over(std::chrono::milliseconds{500}));
  const double one = speed_over(std::chrono::milliseconds{1500});
  CHECK(one < 1.5 * kSpeed);
  CHECK(one > 0.3 * kSpeed);  // a tenth, had it kept its share
}

TEST_CASE("a request's own limit holds for uploads too") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, ""));
    connection.wait_until_closed();
  });
  FileClient client;
  FileRequest request = put_filler(url_of(server.port()), 300'000);
  request.speed = 300'000;
  const TimePoint begin = client.clock.now();
  CHECK(client.run(request).end == FileEnd::ok);
  CHECK(client.clock.now() - begin > std::chrono::milliseconds{500});
}

TEST_CASE("a limit slower than the stall timeout is no stall") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, std::string(3000, 'x')));
    connection.wait_until_closed();
  });
  FileClient client;
  FileRequest request = get(url_of(server.port()));
  request.speed = 2000;
  request.stall_timeout = std::chrono::milliseconds{100};
  const FileResult result = client.run(request);
  CHECK_MESSAGE(result.end == FileEnd::ok, result.detail);
}

TEST_CASE("a long rest is no stall, whatever the server says meanwhile") {
  RawServer server([](RawConnection& connection) {
    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    static_cast<void>(connection.read_request());
    connection.send(http_reply(200, ""));
    connection.wait_until_closed();
  });
  FileClient client;
  FileRequest request = put_filler(url_of(server.port()), 3000);
  request.speed = 2000;
  request.stall_timeout = std::chrono::milliseconds{100};
  const FileResult result = client.run(request);
  CHECK_MESSAGE(result.end == FileEnd::ok, result.detail);
}

TEST_CASE("no more than so many transfers are opened") {
  CurlFileMoverOptions options;
  options.max_transfers = 2;
  FileClient client(options);
  auto first = client.mover->open();
  const auto second = client.mover->open();
  CHECK(second != nullptr);
  CHECK_FALSE(client.mover->can_start());
  CHECK(client.mover->open() == nullptr);
  first.reset();
  CHECK(client.mover->can_start());
  CHECK(client.mover->running() == 1);
}

TEST_CASE("what transfers keep together has a limit, and what is over no longer counts") {
  FileServer server;
  server.write("/open/c.xml", filler(60'000));
  CurlFileMoverOptions options;
  options.kept_bytes = 100'000;
  FileClient client(options);
  for (int i = 0; i < 3; ++i) {
    const FileResult one = client.run(get(server.http("/open/c.xml")));
    CHECK_MESSAGE(one.end == FileEnd::ok, one.detail);
    CHECK(one.kept.size() == 60'000);
  }
  server.write("/open/big.xml", filler(100'001));
  CHECK(client.run(get(server.http("/open/big.xml"))).end == FileEnd::no_memory);
  CHECK(client.run(get(server.http("/open/big.xml"), 1000)).end == FileEnd::ok);
}

// UBSan checks vtables through a pipe of its own, which it cannot have then.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("without descriptors a transfer ends as no_descriptor") {
  RawServer server([](RawConnection& connection) { connection.wait_until_closed(); });
  FileClient client;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 0;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const FileResult result = client.run(get(url_of(server.port())));
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK_MESSAGE(result.end == FileEnd::no_descriptor, result.detail);
}
#endif

}  // namespace
}  // namespace cpefleet::transport::test
