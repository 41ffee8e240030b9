// SPDX-License-Identifier: Apache-2.0
#include "acs/files.hpp"

#include <doctest/doctest.h>

#include "base/crypto.hpp"
#include "base/http_auth.hpp"
#include "scripted_cpe.hpp"
#include "xml/document.hpp"

using namespace cpefleet;
using namespace cpefleet::acs;
using namespace cpefleet::acs::test;

namespace {

Request request(std::string method, std::string target) {
  Request out;
  out.method = std::move(method);
  out.target = std::move(target);
  out.headers.emplace_back("Host", "10.0.0.1:7547");
  return out;
}

Reply get(Files& files, std::string target) { return files.handle(request("GET", std::move(target)), {}); }

std::uint64_t length(const Reply& reply) { return reply.body.size() + reply.block_bytes; }

FileOptions with_redirector(std::string url = {}) {
  auto to = std::make_shared<Redirect>();
  to->url = std::move(url);
  to->username = *Template::compile("cpe-{mac}");
  to->password = *Template::compile("a<b&c");
  FileOptions options;
  options.redirect = std::move(to);
  return options;
}

}  // namespace

TEST_CASE("an image says its model and version in its first lines, and has the size that was asked for") {
  Files files({});
  const auto reply = get(files, "/files/firmware/gxp.bin?size=20MB&version=1.0.11.106&model=GXP2170");
  CHECK(reply.status == 200);
  CHECK(reply.body == "cpefleet firmware image\nmodel: GXP2170\nversion: 1.0.11.106\n");
  CHECK(length(reply) == 20'000'000);
  CHECK(get(files, "/files/firmware/a?version=1.2").body == "cpefleet firmware image\nversion: 1.2\n");
  CHECK(files.totals().fetched == 2);
  CHECK(files.totals().bytes_fetched == 20'000'000 + 37);
  for (const char* bad :
       {"", "?size=20MB", "?version=1%0a2", "?version=1&size=2GiB", "?version=1&size=many", "?version=1&size=10"}) {
    CAPTURE(bad);
    CHECK(get(files, std::string{"/files/firmware/a"} + bad).status == 400);
  }
}

TEST_CASE("a thousand replies share one block") {
  Files files({});
  const auto one = get(files, "/files/bytes/20MB");
  const auto other = get(files, "/files/firmware/a?version=1&size=30MB");
  CHECK(length(one) == 20'000'000);
  CHECK(one.block == other.block);
  CHECK(one.block->size() <= 64 * 1024);
  CHECK(length(get(files, "/files/bytes/0")) == 0);
  CHECK(get(files, "/files/bytes/2GiB").status == 400);
  CHECK(get(files, "/files/bytes/").status == 404);
}

TEST_CASE("a configuration file has the settings of the query, escaped") {
  Files files({});
  const auto reply = get(files, "/files/config/a.xml?P270=a%3Cb%26+c%22&wait=2s&P4506=1&P2=");
  CHECK(reply.status == 200);
  CHECK(reply.delay == std::chrono::seconds{2});
  const auto document = xml::Document::parse(reply.body);
  REQUIRE(document);
  CHECK(document->root().local_name() == "gs_provision");
  const auto config = document->root().child("config");
  CHECK(config.child("P270").text() == "a<b& c\"");
  CHECK(config.child("P4506").text() == "1");
  CHECK(!config.child("wait"));
  for (const char* bad : {"?X=1", "?P=1", "?P1/=1", "?P1><x=1", "?P%3C=1"}) {
    CAPTURE(bad);
    CHECK(get(files, std::string{"/files/config/a"} + bad).status == 400);
  }
}

TEST_CASE("files come from the directory by their plain names, and by no other") {
  FileOptions options;
  std::vector<std::string> asked;
  const auto bytes = std::make_shared<const std::string>("content");
  options.directory = [&](std::string_view name) {
    asked.emplace_back(name);
    return name == "a b.bin" ? bytes : nullptr;
  };
  Files files(options);
  const auto reply = get(files, "/files/a%20b.bin");
  CHECK(reply.status == 200);
  CHECK(reply.block == bytes);
  CHECK(reply.block_bytes == 7);
  CHECK(get(files, "/files/other").status == 404);
  asked.clear();
  for (const char* bad :
       {"../etc/passwd", "..%2fetc%2fpasswd", "..", ".hidden", "", "a/b", "a%5cb", "a%00", "%2fetc"}) {
    CAPTURE(bad);
    CHECK(get(files, std::string{"/files/"} + bad).status == 404);
  }
  CHECK(asked.empty());
  CHECK(files.totals().missing == 10);
  CHECK(files.handle(request("DELETE", "/files/a"), {}).status == 405);
}

TEST_CASE("of uploads the name, the size and the first kilobyte are kept, of the latest ones") {
  Files files({});
  auto put = request("PUT", "/files/bytes/up%201?wait=10ms");
  put.body = std::string(kKeptOfUpload + 5, 'u');
  put.body_bytes = 5'000'000;
  CHECK(files.handle(put, {}).status == 201);
  REQUIRE(files.received().size() == 1);
  CHECK(files.received()[0].name == "bytes/up 1");
  CHECK(files.received()[0].bytes == 5'000'000);
  CHECK(files.received()[0].head == std::string(kKeptOfUpload, 'u'));
  for (std::size_t i = 0; i < 2 * kKeptUploads; ++i) {
    (void)files.handle(request("PUT", "/files/" + std::to_string(i)), {});
  }
  CHECK(files.received().size() == kKeptUploads);
  CHECK(files.received().back().name == std::to_string(2 * kKeptUploads - 1));
  CHECK(files.totals().received == 2 * kKeptUploads + 1);
  CHECK(files.totals().bytes_received == 5'000'000);
  CHECK(files.handle(request("PUT", "/files/" + std::string(300, 'n')), {}).status == 400);
}

TEST_CASE("who has no login is challenged, Digest and Basic are both good") {
  FileOptions options;
  options.username = "phone";
  options.password = "secret:1";
  Files files(options);
  const auto refusal = get(files, "/files/bytes/1");
  CHECK(refusal.status == 401);
  CHECK(header(refusal, "WWW-Authenticate").starts_with("Digest "));
  CHECK(refusal.headers.back().second == R"(Basic realm="cpefleet")");
  CHECK(files.totals().unauthorized == 0);

  const auto with = [&](std::string authorization) {
    auto asked = request("GET", "/files/bytes/1");
    asked.headers.emplace_back("Authorization", std::move(authorization));
    return files.handle(asked, {}).status;
  };
  CHECK(with("Basic " + base64_encode("phone:secret:1")) == 200);
  CHECK(with("Basic " + base64_encode("phone:secret")) == 401);
  CHECK(with("Basic !") == 401);
  const auto digest = [&](std::string_view username, std::string_view password) {
    std::vector<AuthItem> items;
    read_auth_items(header(refusal, "WWW-Authenticate"), items);
    const std::string nonce = *items.at(0).find("nonce");
    DigestInput input{username, password, "cpefleet", nonce, "c", "GET", "/files/bytes/1"};
    input.qop_auth = true;
    return "Digest username=\"" + std::string{username} +
           R"(", realm="cpefleet", uri="/files/bytes/1", qop=auth, nc=00000001, cnonce="c", nonce=")" + nonce +
           "\", response=\"" + digest_response(input) + "\"";
  };
  CHECK(with(digest("phone", "secret:1")) == 200);
  CHECK(with(digest("other", "secret:1")) == 401);
  CHECK(with(digest("phone", "wrong")) == 401);
  CHECK(files.totals().unauthorized == 4);
  CHECK(files.totals().fetched == 2);
}

TEST_CASE("the redirector knows cfg*.xml only, and tells where the ACS is") {
  Files files(with_redirector());
  CHECK(files.serves("/gs/x"));
  const auto reply = get(files, "/gs/cfg000b82ABCDEF.xml");
  CHECK(reply.status == 200);
  const auto document = xml::Document::parse(reply.body);
  REQUIRE(document);
  CHECK(document->root().child("mac").text() == "000b82abcdef");
  const auto config = document->root().child("config");
  CHECK(config.child("P4503").text() == "http://10.0.0.1:7547/");
  CHECK(config.child("P4504").text() == "cpe-000b82abcdef");
  CHECK(config.child("P4505").text() == "a<b&c");
  CHECK(config.child("P4506").text() == "1");
  CHECK(config.child("P4507").text() == "300");
  CHECK(has(get(files, "/gs/cfg.xml"), "<P4503>"));
  CHECK(!has(get(files, "/gs/cfg.xml"), "<mac>"));
  for (const char* other : {"cfg000b82abcdef", "dev000b82abcdef.xml", "cfg../a.xml", "", "cfg", ".xml", "cfg.xm"}) {
    CAPTURE(other);
    CHECK(get(files, std::string{"/gs/"} + other).status == 404);
  }
  CHECK(files.totals().redirected == 3);
  CHECK(files.totals().missing == 7);
}

TEST_CASE("the redirector can send devices elsewhere, and is not there unless it is wanted") {
  Files files(with_redirector("https://acs.lab:7548/cwmp"));
  CHECK(has(get(files, "/gs/cfg000b82000001.xml"), "<P4503>https://acs.lab:7548/cwmp</P4503>"));
  CHECK(!Files({}).serves("/gs/cfg000b82000001.xml"));
  CHECK(Files({}).serves("/files/a"));
  CHECK(!Files({}).serves("/"));
  auto odd = request("GET", "/gs/cfg.xml");
  odd.headers.front().second = "a/b";
  Files own(with_redirector());
  CHECK(own.handle(odd, {}).status == 400);
}

TEST_CASE("what is asked of devices is written as its help says, mistakes are told") {
  const auto firmware = parse_download_ask("firmware:1.0.11.106:20MB");
  REQUIRE(firmware);
  CHECK(firmware->version == "1.0.11.106");
  CHECK(firmware->bytes == 20'000'000);
  const auto config = parse_download_ask("config:P270=a b&P2=x");
  REQUIRE(config);
  CHECK(config->query == "P270=a%20b&P2=x");
  CHECK(parse_upload_ask("log")->what == TransferAsk::What::send_log);
  for (const char* bad : {"", "firmware", "firmware:", "firmware:x", "firmware:1:9", "firmware:1:2GiB", "config",
                          "config:", "config:P270", "config:X=1", "ring:1"}) {
    CAPTURE(bad);
    CHECK(!parse_download_ask(bad));
  }
  CHECK(!parse_download_ask("config:P270=" + std::string(200, 'x')));
  CHECK(!parse_upload_ask("firmware"));
}
