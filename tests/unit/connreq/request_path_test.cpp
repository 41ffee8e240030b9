// SPDX-License-Identifier: Apache-2.0
#include "connreq/request_path.hpp"

#include <doctest/doctest.h>
#include <set>

#include "base/crypto.hpp"

using namespace cpefleet;
using namespace cpefleet::connreq;

namespace {
constexpr std::string_view kSecret = "of this run";
}

TEST_SUITE("connreq.request_path") {
  TEST_CASE("a path is unique for its device and leads back to it [C-1]") {
    std::set<std::string> all;
    for (const std::uint64_t position : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{999'999}, UINT64_MAX}) {
      const std::string path = request_path(kSecret, position);
      CAPTURE(path);
      CHECK(position_of(kSecret, path) == position);
      CHECK(path.starts_with("/" + std::to_string(position) + "-"));
      all.insert(path);
      all.insert(request_path("of another run", position));
    }
    CHECK(all.size() == 8);
    CHECK(request_path(kSecret, 12).size() == 1 + 2 + 1 + 16);
  }

  TEST_CASE("query and fragment count for nothing [C-2]") {
    const std::string path = request_path(kSecret, 42);
    for (const char* more : {"?", "?a=b", "?a=/1-2?c", "#x", "?a#b", "#a?b"}) {
      CAPTURE(more);
      CHECK(position_of(kSecret, path + more) == 42);
    }
  }

  TEST_CASE("an absolute target is understood") {
    const std::string path = request_path(kSecret, 42);
    for (const char* origin : {"http://10.0.0.1", "HTTP://[::1]:7547", "http://", "http://x-y:1"}) {
      CAPTURE(origin);
      CHECK(position_of(kSecret, origin + path + "?q") == 42);
    }
    CHECK(path_of("http://host") == "/");
    CHECK(path_of("http://host?a/b") == "/");
    CHECK(path_of("http://host/cpe#a") == "/cpe");
  }

  TEST_CASE("what is not a path of this run names no device [C-10]") {
    const std::string good = request_path(kSecret, 42);
    const std::string hmac = good.substr(4);
    std::string changed = good;
    changed.back() = changed.back() == '0' ? '1' : '0';
    for (const std::string& target : {std::string(),
                                      std::string("/"),
                                      std::string("*"),
                                      std::string("-"),
                                      std::string("/-"),
                                      std::string("/42"),
                                      std::string("/42-"),
                                      changed,
                                      "/43-" + hmac,
                                      "/042-" + hmac,
                                      "/+42-" + hmac,
                                      "/-42-" + hmac,
                                      "/ 42-" + hmac,
                                      "/0x2a-" + hmac,
                                      "/18446744073709551658-" + hmac,
                                      good + "/",
                                      good + "0",
                                      good.substr(0, good.size() - 1),
                                      "/" + good,
                                      good.substr(1),
                                      "https://host" + good,
                                      "ftp://host" + good,
                                      "/cpe/.." + good,
                                      good + "%00",
                                      good + std::string(1, '\0'),
                                      request_path("", 42),
                                      request_path("of another run", 42)}) {
      CAPTURE(target);
      CHECK_FALSE(position_of(kSecret, target));
    }
    CHECK_FALSE(position_of(kSecret, std::string(1'000'000, '9')));
    CHECK_FALSE(position_of(kSecret, "/1-" + std::string(1'000'000, '9')));
  }

  TEST_CASE("the path of a device is not the HMAC that a nonce could have") {
    CHECK(request_path(kSecret, 1) == "/1-" + hmac_sha1_hex(kSecret, "path:1").substr(0, 16));
  }
}
