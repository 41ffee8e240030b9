// SPDX-License-Identifier: Apache-2.0
// What comes, and what Apache says about it.
#include <algorithm>
#include <cstdlib>
#include <doctest/doctest.h>

#include "integration/files/client.hpp"
#include "integration/files/file_server.hpp"
#include "integration/tls/certificates.hpp"

namespace cpefleet::transport::test {
namespace {

using cpefleet::test::Certificates;
using cpefleet::test::FileServer;
using cpefleet::test::Logged;

void check_order(const FileTimes& times) {
  REQUIRE(times.tcp_open_request);
  REQUIRE(times.tcp_open_response);
  REQUIRE(times.request_sent);
  REQUIRE(times.first_byte);
  REQUIRE(times.last_byte);
  CHECK(*times.tcp_open_request <= *times.tcp_open_response);
  CHECK(*times.tcp_open_response <= *times.request_sent);
  CHECK(*times.request_sent <= *times.first_byte);
  CHECK(*times.first_byte <= *times.last_byte);
}

// D-20: within 1 % of the other side's count.
void check_close(std::uint64_t ours, std::uint64_t servers) {
  const auto off = ours > servers ? ours - servers : servers - ours;
  CHECK_MESSAGE(off * 100 <= servers, "ours " << ours << ", the server's " << servers);
}

CurlFileMoverOptions trusting() {
  CurlFileMoverOptions options;
  options.ca_file = Certificates::get().path("ca.pem");
  return options;
}

TEST_CASE("a file comes whole, and its beginning is kept") {
  FileServer server;
  const std::string text = filler(300'000);
  server.write("/open/image.bin", text);
  FileClient client;
  const FileResult all = client.run(get(server.http("/open/image.bin")));
  CHECK_MESSAGE(all.end == FileEnd::ok, all.detail);
  CHECK(all.detail.empty());
  CHECK(all.status == 200);
  CHECK(all.bytes == text.size());
  CHECK(all.kept == text);
  const FileResult some = client.run(get(server.http("/open/image.bin"), 1000));
  CHECK(some.end == FileEnd::ok);
  CHECK(some.bytes == text.size());
  CHECK(some.kept == text.substr(0, 1000));
  CHECK(client.mover->moved() == 2 * text.size());
  CHECK(client.mover->running() == 0);
}

TEST_CASE("an empty file is a file") {
  FileServer server;
  server.write("/open/empty", "");
  FileClient client;
  const FileResult result = client.run(get(server.http("/open/empty")));
  CHECK(result.end == FileEnd::ok);
  CHECK(result.bytes == 0);
  check_order(result.times);
}

TEST_CASE("the bytes and instants of a download agree with the server's [D-13, D-18, D-20]") {
  FileServer server;
  server.write("/open/image.bin", filler(3'000'000));
  FileClient client(trusting());
  client.mover->pin("acs.example", {"127.0.0.1"});
  const FileResult plain = client.run(get(server.http("/open/image.bin"), 0));
  const FileResult tls = client.run(get(server.https("/open/image.bin"), 0));
  CHECK_MESSAGE(tls.end == FileEnd::ok, tls.detail);
  check_order(plain.times);
  check_order(tls.times);
  CHECK(plain.kept.empty());
  const auto log = server.log();
  REQUIRE(log.size() == 2);
  // In whichever order they were written down. Apache counts TLS too.
  const auto [http, https] = std::minmax(log[0].out, log[1].out);
  CHECK(plain.traffic.http_bytes == http);
  CHECK(tls.traffic.http_bytes > 3'000'000);
  check_close(tls.traffic.http_bytes, https);
  for (const FileResult* result : {&plain, &tls}) {
    CHECK(result->traffic.interface_bytes > result->traffic.http_bytes);
    CHECK(result->traffic.interface_bytes < result->traffic.http_bytes + result->traffic.http_bytes / 5);
  }
}

TEST_CASE("the bytes and instants of an upload agree with the server's [D-16, D-18, D-20, P-95]") {
  FileServer server;
  FileClient client(trusting());
  client.mover->pin("acs.example", {"127.0.0.1"});
  const FileResult plain = client.run(put_filler(server.http("/open/a"), 2'000'000));
  const FileResult tls = client.run(put_filler(server.https("/open/b"), 2'000'000));
  CHECK_MESSAGE(plain.end == FileEnd::ok, plain.detail);
  CHECK_MESSAGE(tls.end == FileEnd::ok, tls.detail);
  CHECK(plain.status == 201);
  check_order(plain.times);
  check_order(tls.times);
  CHECK(server.read("/open/a") == filler(2'000'000));
  CHECK(server.read("/open/b") == filler(2'000'000));
  const auto log = server.log();
  REQUIRE(log.size() == 2);
  CHECK(plain.traffic.http_bytes == 2'000'000);
  const bool in_order = log[0].path == "/open/a";
  check_close(plain.traffic.http_bytes, log[in_order ? 0 : 1].in);
  check_close(tls.traffic.http_bytes, log[in_order ? 1 : 0].in);
  for (const FileResult* result : {&plain, &tls}) {
    CHECK(result->bytes == 2'000'000);
    CHECK(result->traffic.interface_bytes > result->traffic.http_bytes);
    CHECK(result->traffic.interface_bytes < result->traffic.http_bytes + result->traffic.http_bytes / 5);
  }
}

TEST_CASE("a server asks for Basic or Digest and gets it [P-82]") {
  FileServer server;
  server.write("/basic/a", "by basic");
  server.write("/digest/a", "by digest");
  FileClient client;
  for (const char* path : {"/basic/a", "/digest/a"}) {
    CAPTURE(path);
    FileRequest request = get(server.http(path));
    CHECK(client.run(request).end == FileEnd::unauthorized);
    request.username = "phone";
    request.password = "wrong";
    const FileResult wrong = client.run(request);
    CHECK(wrong.end == FileEnd::unauthorized);
    CHECK(wrong.status == 401);
    CHECK(wrong.detail.find("wrong") == std::string::npos);
    CHECK(wrong.kept.empty());
    request.password = "secret";
    const FileResult right = client.run(request);
    CHECK_MESSAGE(right.end == FileEnd::ok, right.detail);
    CHECK(right.kept == server.read(path));
    check_order(right.times);
  }
  for (const Logged& line : server.log()) CHECK((line.status == 401 || line.user == "phone"));
}

TEST_CASE("a transfer knows nothing of the one before [P-82]") {
  FileServer server;
  server.write("/digest/a", "x");
  FileClient client;
  FileRequest request = get(server.http("/digest/a"));
  request.username = "phone";
  request.password = "secret";
  CHECK(client.run(request).end == FileEnd::ok);
  CHECK(client.run(request).end == FileEnd::ok);
  CHECK(client.run(get(server.http("/digest/a"))).end == FileEnd::unauthorized);
  const auto log = server.log();
  REQUIRE(log.size() == 5);  // challenged each time: no nonce was kept
  // A worker logs after it has answered, so that the lines of two connections may change places.
  CHECK(std::ranges::count(log, 401, &Logged::status) == 3);
  CHECK(std::ranges::count(log, 200, &Logged::status) == 2);
}

TEST_CASE("https needs a certificate by a known authority") {
  FileServer server;
  server.write("/open/a", "x");
  FileClient knowing(trusting());
  knowing.mover->pin("acs.example", {"127.0.0.1"});
  CHECK(knowing.run(get(server.https("/open/a"))).kept == "x");
  FileClient strange;
  strange.mover->pin("acs.example", {"127.0.0.1"});
  const FileResult result = strange.run(get(server.https("/open/a")));
  CHECK(result.end == FileEnd::tls_failed);
  CHECK(result.detail.find("certificate") != std::string::npos);
  CurlFileMoverOptions careless;
  careless.verify = false;
  FileClient open(careless);
  open.mover->pin("acs.example", {"127.0.0.1"});
  CHECK(open.run(get(server.https("/open/a"))).end == FileEnd::ok);
}

TEST_CASE("what is not there is not found, what is not allowed is refused") {
  FileServer server;
  FileClient client;
  const FileResult missing = client.run(get(server.http("/open/missing?token=hidden")));
  CHECK(missing.end == FileEnd::not_found);
  CHECK(missing.status == 404);
  CHECK(missing.bytes == 0);
  CHECK(missing.kept.empty());
  CHECK(missing.detail.find("/open/missing") != std::string::npos);
  CHECK(missing.detail.find("hidden") == std::string::npos);
  const FileResult conflict = client.run(put(server.http("/open/no/such/directory"), "x"));
  CHECK(conflict.end == FileEnd::refused);
  CHECK(conflict.status == 409);
}

TEST_CASE("neither the environment's proxy nor ~/.netrc is used") {
  FileServer server;
  server.write("/open/a", "x");
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  FileClient client;
  const FileResult result = client.run(get(server.http("/open/a")));
  unsetenv("http_proxy");
  CHECK_MESSAGE(result.end == FileEnd::ok, result.detail);
}

}  // namespace
}  // namespace cpefleet::transport::test
