// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "transport/curl_transport.hpp"

namespace cpefleet::transport::test {

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] WallTime wall_start() const override { return {}; }
};

// What a test says of one POST; the rest is as a device sends it.
struct Post {
  std::string body = "<soap/>";
  bool envelope = true;
  bool ends_session = false;
  std::string cookie;
  std::string authorization;
  std::vector<std::string> extra;
};
[[nodiscard]] Post empty_post();

// A transport on an io_context of its own, and exchanges that block until they are over.
class Client {
 public:
  explicit Client(CurlTransportOptions options = {});

  [[nodiscard]] std::unique_ptr<Channel> open(ChannelOptions options = quick());
  [[nodiscard]] Outcome post(Channel& channel, const Url& url, const Post& what = {});
  // Both fail the test when the exchange did not end so.
  [[nodiscard]] Reply reply(Channel& channel, const Url& url, const Post& what = {});
  [[nodiscard]] Failed failure(Channel& channel, const Url& url, const Post& what = {});
  // One exchange on a channel of its own.
  [[nodiscard]] Failed failure(const Url& url, ChannelOptions options = quick());

  // Timeouts that are never reached in a test that passes.
  [[nodiscard]] static ChannelOptions quick();

  boost::asio::io_context io;
  SteadyClock clock;
  std::unique_ptr<CurlTransport> transport;
};

[[nodiscard]] Url url_of(std::uint16_t port, std::string target = "/acs", std::string host = "127.0.0.1");
[[nodiscard]] std::string_view header(const Reply& reply, std::string_view name);

}  // namespace cpefleet::transport::test
