// SPDX-License-Identifier: Apache-2.0
#include "transport/memory_file_mover.hpp"

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>
#include <optional>

#include "unit/transport/simulation.hpp"

namespace cpefleet::transport {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Fate = MemoryFileReply::Fate;
using Method = FileRequest::Method;

// A link with 100 ms to connect, 50 ms for each way, 1,000 bytes a second.
struct Fixture {
  Simulation simulation;
  std::vector<MemoryFileRequest> requests;
  MemoryFileReply next;
  std::optional<MemoryFileMover> mover;
  std::unique_ptr<FileTransfer> transfer;
  std::optional<FileResult> result;

  Fixture() {
    MemoryFileMoverOptions options;
    options.connect_time = milliseconds{100};
    options.one_way = milliseconds{50};
    options.speed = 1000;
    options.max_transfers = 2;
    mover.emplace(
        simulation.io.get_executor(), simulation.clock, simulation,
        [this](const MemoryFileRequest& request) {
          requests.push_back(request);
          return next;
        },
        options);
    next.body = std::string(3000, 'x');
  }
  static FileRequest request(Method method = Method::get) {
    FileRequest out;
    out.method = method;
    out.url = {"http", "files.example", 80, "/a?secret"};
    out.keep_bytes = 10;
    return out;
  }
  void start(FileRequest what) {
    transfer = mover->open();
    REQUIRE(transfer);
    asio::co_spawn(simulation.io, transfer->run(std::move(what)),
                   [this](const std::exception_ptr&, FileResult got) { result = std::move(got); });
  }
  FileResult run(FileRequest what = request()) {
    result.reset();
    start(std::move(what));
    while (!result) REQUIRE(simulation.step());
    return *result;
  }
  [[nodiscard]] Duration now() const { return simulation.clock.now().time_since_epoch(); }
  void run_until(Duration until) {
    simulation.call_at(TimePoint{until}, [] {});
    while (now() < until) REQUIRE(simulation.step());
  }
};

TEST_CASE("a download takes its time [D-13, D-18]") {
  Fixture fixture;
  const FileResult got = fixture.run();
  CHECK(got.end == FileEnd::ok);
  CHECK(got.status == 200);
  CHECK(got.detail.empty());
  CHECK(got.bytes == 3000);
  CHECK(got.kept == std::string(10, 'x'));
  CHECK(got.times.tcp_open_request == TimePoint{});
  CHECK(got.times.tcp_open_response == TimePoint{milliseconds{100}});
  CHECK(got.times.request_sent == TimePoint{milliseconds{100}});
  CHECK(got.times.first_byte == TimePoint{milliseconds{200}});
  CHECK(got.times.last_byte == TimePoint{milliseconds{3200}});
  CHECK(got.traffic.http_bytes == 3000);
  CHECK(got.traffic.interface_bytes == 3000 + 3 * 52);
  CHECK(fixture.now() == milliseconds{3200});
  CHECK(fixture.mover->moved() == 3000);
}

TEST_CASE("an upload takes its time [D-16]") {
  Fixture fixture;
  FileRequest what = Fixture::request(Method::put);
  what.filler_bytes = 2000;
  what.speed = 500;
  what.username = "u";
  what.password = "p";
  fixture.next.status = 201;
  const FileResult got = fixture.run(what);
  CHECK(got.end == FileEnd::ok);
  CHECK(got.bytes == 2000);
  CHECK(got.times.first_byte == TimePoint{milliseconds{100}});
  CHECK(got.times.last_byte == TimePoint{milliseconds{4200}});
  REQUIRE(fixture.requests.size() == 1);
  CHECK(fixture.requests[0].method == Method::put);
  CHECK(fixture.requests[0].size == 2000);
  CHECK(fixture.requests[0].username == "u");
  CHECK(fixture.requests[0].password == "p");
}

TEST_CASE("statuses [P-87]") {
  Fixture fixture;
  for (const auto& [status, end] : {std::pair{204, FileEnd::ok},
                                    {302, FileEnd::refused},
                                    {401, FileEnd::unauthorized},
                                    {403, FileEnd::unauthorized},
                                    {404, FileEnd::not_found},
                                    {410, FileEnd::not_found},
                                    {500, FileEnd::refused}}) {
    fixture.next.status = status;
    const FileResult got = fixture.run();
    CHECK(got.end == end);
    CHECK(got.status == status);
    CHECK(got.bytes == (end == FileEnd::ok ? 3000 : 0));
    CHECK(got.detail.find("secret") == std::string::npos);
  }
}

TEST_CASE("what is cut or stalls does so at its byte, in either direction") {
  for (const Method method : {Method::get, Method::put}) {
    Fixture fixture;
    FileRequest what = Fixture::request(method);
    what.filler_bytes = 3000;
    what.stall_timeout = seconds{7};
    fixture.next.at = 1000;
    fixture.next.fate = Fate::cut;
    const FileResult cut = fixture.run(what);
    CHECK(cut.end == FileEnd::cut);
    CHECK(cut.bytes == 1000);
    const Duration before = fixture.now();
    fixture.next.fate = Fate::stall;
    const FileResult stalled = fixture.run(what);
    CHECK(stalled.end == FileEnd::stalled);
    CHECK(stalled.bytes == 1000);
    CHECK(fixture.now() - before == before + seconds{7});
  }
}

TEST_CASE("other ends") {
  Fixture fixture;
  FileRequest what = Fixture::request();
  SUBCASE("https") {
    what.url.scheme = "https";
    CHECK(fixture.run(what).end == FileEnd::tls_failed);
  }
  SUBCASE("refused") {
    fixture.next.fate = Fate::refuse;
    const FileResult got = fixture.run(what);
    CHECK(got.end == FileEnd::connect_failed);
    CHECK_FALSE(got.times.tcp_open_response);
  }
  SUBCASE("no connection in time") {
    what.connect_timeout = milliseconds{10};
    CHECK(fixture.run(what).end == FileEnd::connect_failed);
    CHECK(fixture.now() == milliseconds{10});
  }
  SUBCASE("no reply in time") {
    fixture.next.delay = seconds{61};
    CHECK(fixture.run(what).end == FileEnd::stalled);
    CHECK(fixture.now() == seconds{60} + milliseconds{100});
  }
  SUBCASE("too long in all") {
    what.total_timeout = milliseconds{1200};
    const FileResult got = fixture.run(what);
    CHECK(got.end == FileEnd::timed_out);
    CHECK(got.bytes == 1000);
    CHECK_FALSE(got.times.last_byte);
    CHECK(fixture.now() == milliseconds{1200});
  }
  SUBCASE("too big") {
    what.max_bytes = 2999;
    const FileResult got = fixture.run(what);
    CHECK(got.end == FileEnd::too_big);
    CHECK(got.bytes == 0);
  }
  SUBCASE("generated bytes are not kept") {
    fixture.next.body.clear();
    fixture.next.filler_bytes = 5000;
    const FileResult got = fixture.run(what);
    CHECK(got.bytes == 5000);
    CHECK(got.kept.empty());
  }
}

TEST_CASE("progress is seen, and a cancelled transfer ends as aborted, later") {
  Fixture fixture;
  fixture.start(Fixture::request());
  fixture.run_until(milliseconds{1200});
  CHECK(fixture.transfer->moved() == 1000);
  CHECK(fixture.mover->moved() == 1000);
  fixture.transfer->cancel();
  CHECK_FALSE(fixture.result);
  while (!fixture.result) REQUIRE(fixture.simulation.step());
  CHECK(fixture.result->end == FileEnd::aborted);
  CHECK(fixture.result->bytes == 1000);
  fixture.transfer.reset();
  CHECK(fixture.mover->moved() == 1000);
}

TEST_CASE("destroyed in any state, transfer or mover, ends as aborted") {
  for (const Duration when : {Duration{}, Duration{milliseconds{120}}, Duration{milliseconds{1000}}}) {
    for (const bool whole : {false, true}) {
      Fixture fixture;
      fixture.start(Fixture::request());
      if (when > Duration{}) fixture.run_until(when);
      whole ? fixture.mover.reset() : fixture.transfer.reset();
      while (!fixture.result) REQUIRE(fixture.simulation.step());
      CHECK(fixture.result->end == FileEnd::aborted);
    }
  }
}

TEST_CASE("no more than so many transfers, and each runs once") {
  Fixture fixture;
  const auto first = fixture.mover->open();
  static_cast<void>(fixture.run());
  CHECK(fixture.mover->running() == 2);
  CHECK_FALSE(fixture.mover->can_start());
  CHECK(fixture.mover->open() == nullptr);
  std::optional<FileResult> again;
  asio::co_spawn(fixture.simulation.io, fixture.transfer->run(Fixture::request()),
                 [&again](const std::exception_ptr&, FileResult got) { again = std::move(got); });
  while (!again) REQUIRE(fixture.simulation.step());
  CHECK(again->end == FileEnd::bad_request);
}

}  // namespace
}  // namespace cpefleet::transport
