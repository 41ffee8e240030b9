// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.hpp"
#include "transport/http_server.hpp"

namespace cpefleet::transport {

// A socket that listens at one of the places of a server. The error names the place and the ways out.
[[nodiscard]] Result<boost::asio::ip::tcp::acceptor> open_listener(boost::asio::io_context& io,
                                                                   const ListenPlace& place,
                                                                   const ServerOptions& options);

}  // namespace cpefleet::transport
