// SPDX-License-Identifier: Apache-2.0
#include "engine/connection_requests.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <optional>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "connreq/request_path.hpp"
#include "engine/listening.hpp"
#include "engine/request_desk.hpp"
#include "fleet/lan_addresses.hpp"
#include "transport/http_server.hpp"
#include "transport/local_address.hpp"
#include "transport/resolve.hpp"
#include "transport/target_policy.hpp"

namespace cpefleet::engine {

namespace asio = boost::asio;
using How = fleet::Reachable::How;

namespace {

constexpr std::string_view kWaysOut =
    "an ACS on the same machine is the usual owner of 7547; name another place (--connection-requests :0 for any free "
    "port), or do without (--connection-requests off)";

std::string_view header(const transport::ServerRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

}  // namespace

struct ConnectionRequests::Impl {
  Impl(const scenario::Plan& plan, std::string key) : devices(plan.devices()), secret(std::move(key)) {
    std::uint64_t position = 0;
    for (const auto& planned : plan.fleet) {
      first.push_back(position);
      position += planned.group->count;
    }
  }

  // Which device is meant, if any.
  [[nodiscard]] std::optional<std::uint64_t> find(const transport::ServerRequest& request) const {
    if (const auto named = connreq::position_of(secret, request.target); named && *named < devices) return named;
    std::optional<std::uint64_t> here;
    std::uint32_t group = 0;
    const std::uint64_t offset = request.local_port - std::uint64_t{options.port};
    if (options.port_each && request.local_port >= options.port && offset < devices) {
      here = offset;
      while (group + 1 < first.size() && first[group + 1] <= *here) ++group;
    } else if (const auto at = addresses.device_at(request.local_address)) {
      here = first[at->group] + at->index;
      group = at->group;
    }
    if (!here) return std::nullopt;
    // At an address of its own a device answers on its model's path, and on no other (C-10).
    const auto& path = paths[group];
    if (path.empty() || connreq::path_of(request.target) != path) return std::nullopt;
    return here;
  }

  void handle(transport::ServerRequest request, const transport::Responder& respond) {
    const auto position = find(request);
    if (!position) {
      transport::ServerReply reply;
      reply.status = 404;
      reply.close = true;
      respond(std::move(reply));
      return;
    }
    auto* shard = shards[*position % shards.size()];
    RequestDesk::Request asked{*position, std::move(request.method), std::move(request.target),
                               std::string(header(request, "Authorization"))};
    asio::post(shard->context(), [shard, respond, asked = std::move(asked)] { respond(shard->desk().answer(asked)); });
  }

  scenario::ConnectionRequests options;
  std::uint64_t devices;
  std::string secret;
  std::vector<std::uint64_t> first;  // position of each group's first device
  std::vector<std::string> paths;    // of models whose path is always the same, with the slash
  std::vector<bool> own_address;     // by group
  fleet::LanAddresses addresses;
  std::vector<std::string> notes;
  std::vector<Shard*> shards;
  asio::io_context io{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
  std::unique_ptr<transport::HttpServer> server;
  std::thread thread;
};

ConnectionRequests::ConnectionRequests(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ConnectionRequests::~ConnectionRequests() { stop(); }

bool ConnectionRequests::wanted(const scenario::Plan& plan, bool builtin_acs) {
  using Listen = scenario::ConnectionRequests::Listen;
  const auto listen = plan.connection_requests.listen;
  return listen != Listen::off && !(listen == Listen::by_acs && builtin_acs);
}

Result<ConnectionRequests::Sockets> ConnectionRequests::sockets(const scenario::Plan& plan) {
  const auto& options = plan.connection_requests;
  const auto devices = plan.devices();
  if (options.port_each && (devices > kMostPorts || options.port + devices - 1 > UINT16_MAX))
    return failure(
        fmt::format("a port each is for up to {:L} devices with ports up to 65535, this fleet has {:L}: let "
                    "the path tell them apart (leave the + away)",
                    kMostPorts, devices));
  const std::uint64_t room = transport::recommended_max_channels();
  Sockets out;
  out.listening = options.port_each ? devices : 1;
  out.connections = std::clamp<std::uint64_t>(room / 4, 1, kMostConnections);
  if (options.port_each && out.listening + out.connections >= room)
    return failure(fmt::format(
        "a port each takes {:L} descriptors, and {:L} more for the ACS's connections to them; of the {:L} this "
        "process may open that leaves none for sessions: raise the limit (ulimit -n), or let the path tell "
        "the devices apart (leave the + away)",
        out.listening, out.connections, transport::descriptor_limit()));
  return out;
}

Result<std::unique_ptr<ConnectionRequests>> ConnectionRequests::listen(const scenario::Plan& plan, std::string secret) {
  const auto takes = sockets(plan);
  if (!takes) return tl::unexpected<Error>(takes.error());
  auto options = plan.connection_requests;
  const bool automatic = options.listen != scenario::ConnectionRequests::Listen::place;
  if (automatic) options.port = kPort;
  auto impl = std::make_unique<Impl>(plan, std::move(secret));
  for (const auto& planned : plan.fleet) {
    const auto& path = planned.group->profile->connection_request_path;
    impl->paths.push_back(path.empty() ? std::string() : "/" + path);
  }
  auto own = options.port_each ? OwnAddresses{} : own_addresses(plan);
  own.of_group.resize(plan.fleet.size());
  impl->own_address = std::move(own.of_group);
  impl->addresses = std::move(own.devices);
  impl->notes = std::move(own.notes);
  options.address = listening_address(plan, own.any);
  if (options.host.empty()) {
    const bool wildcard = options.address == "0.0.0.0" || options.address == "::";
    options.host = !wildcard ? options.address : transport::source_address_towards(acs_address(plan));
    if (options.host.empty()) options.host = options.address.find(':') != std::string::npos ? "::1" : "127.0.0.1";
  }

  transport::ServerOptions listen;
  listen.address = options.address;
  listen.port = options.port;
  listen.ways_out = kWaysOut;
  listen.header_limit = 16 * 1024;
  listen.body_limit = 64 * 1024;  // ignored (C-2)
  listen.idle_timeout = std::chrono::seconds{30};
  listen.max_connections = static_cast<std::size_t>(takes->connections);
  if (options.port_each) {
    for (std::uint64_t i = 1; i < impl->devices; ++i)
      listen.also.push_back({options.address, static_cast<std::uint16_t>(options.port + i)});
  }
  const transport::HttpServer::AsyncHandler handler = [state = impl.get()](transport::ServerRequest request,
                                                                           const transport::Responder& respond) {
    state->handle(std::move(request), respond);
  };
  auto server = transport::HttpServer::listen(impl->io, listen, handler);
  if (!server && automatic) {
    listen.port = 0;
    server = transport::HttpServer::listen(impl->io, listen, handler);
    if (server) {
      options.port = 0;
      impl->notes.push_back(fmt::format("port {} is taken (an ACS?): connection requests are received on {} instead",
                                        kPort, (*server)->port()));
    }
  }
  if (!server) return tl::unexpected<Error>(server.error());
  impl->server = std::move(*server);
  if (options.port == 0) options.port = impl->server->port();
  if (options.advertised_port == 0) options.advertised_port = options.port;
  impl->options = std::move(options);
  return std::unique_ptr<ConnectionRequests>(new ConnectionRequests(std::move(impl)));
}

std::shared_ptr<const scenario::Plan> ConnectionRequests::reachable(const scenario::Plan& plan) const {
  const auto& options = impl_->options;
  return scenario::with_groups(plan, [&](fleet::Group& group) {
    group.reachable.how = impl_->own_address[group.number] ? How::by_address
                          : options.port_each              ? How::by_port
                                                           : How::by_path;
    group.reachable.host = options.host;
    group.reachable.port = impl_->own_address[group.number] ? options.port : options.advertised_port;
    group.reachable.secret = impl_->secret;
    group.reachable.first = impl_->first[group.number];
  });
}

const std::vector<std::string>& ConnectionRequests::notes() const { return impl_->notes; }
std::uint16_t ConnectionRequests::port() const { return impl_->options.port; }

void ConnectionRequests::serve(std::vector<Shard*> shards) {
  impl_->shards = std::move(shards);
  impl_->guard.emplace(asio::make_work_guard(impl_->io));
  impl_->thread = std::thread([state = impl_.get()] { state->io.run(); });
}

void ConnectionRequests::stop() {
  if (!impl_->thread.joinable()) return;
  asio::post(impl_->io, [state = impl_.get()] { state->server.reset(); });
  impl_->guard.reset();
  impl_->thread.join();
}

}  // namespace cpefleet::engine
