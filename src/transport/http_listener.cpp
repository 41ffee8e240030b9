// SPDX-License-Identifier: Apache-2.0
#include "transport/http_listener.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "transport/local_address.hpp"

namespace cpefleet::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 4096;

void set_free_bind(tcp::acceptor& acceptor, bool v6, error_code& error) {
  const int on = 1;
  const int done = v6 ? setsockopt(acceptor.native_handle(), IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on)
                      : setsockopt(acceptor.native_handle(), IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
  if (done != 0) error = error_code(errno, boost::system::system_category());
}

std::string text_of(const tcp::endpoint& place) {
  const std::string address = place.address().to_string();
  return place.address().is_v6() ? fmt::format("[{}]:{}", address, place.port())
                                 : fmt::format("{}:{}", address, place.port());
}

std::string why_not(const tcp::endpoint& place, const error_code& error, const std::string& ways_out) {
  if (error == asio::error::address_in_use) {
    return fmt::format("another program has the port (`ss -ltnp 'sport = :{}'` shows which); end it, {}", place.port(),
                       ways_out);
  }
  if (error == asio::error::access_denied) return "ports below 1024 need a privilege; " + ways_out;
  if (error == error_code(EADDRNOTAVAIL, boost::system::system_category())) {
    return fmt::format("the address is not one of this machine; make it one (`{}`), or listen on {}",
                       local_route_command(place.address().to_string()), place.address().is_v6() ? "::" : "0.0.0.0");
  }
  return error.message();
}

}  // namespace

Result<tcp::acceptor> open_listener(asio::io_context& io, const ListenPlace& place, const ServerOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(place.address, error);
  if (error) {
    return failure(
        fmt::format("cannot listen on {}: give a numeric address, such as 127.0.0.1 or 0.0.0.0", place.address));
  }
  const tcp::endpoint endpoint(address, place.port);
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only(options.v6_only), error);
  if (!error && options.free_bind) set_free_bind(acceptor, address.is_v6(), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) {
    return failure(
        fmt::format("cannot listen on {}: {}", text_of(endpoint), why_not(endpoint, error, options.ways_out)));
  }
  return acceptor;
}

}  // namespace cpefleet::transport
