// SPDX-License-Identifier: Apache-2.0
#include "engine/udp_requests.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>

#include "engine/listening.hpp"
#include "engine/udp_desk.hpp"
#include "engine/udp_socket.hpp"
#include "transport/target_policy.hpp"

namespace cpefleet::engine {
namespace {

namespace asio = boost::asio;
using tr111::Endpoint;
using tr111::StunPort;

constexpr std::string_view kStunEnable = "Device.ManagementServer.STUNEnable";
constexpr std::uint32_t kMostWaiting = 4096;  // datagrams of a kind that a shard has not dealt with yet
constexpr std::size_t kMostServers = 1000;
constexpr std::size_t kMostNotes = 10;

bool on_from_the_start(const scenario::Plan& plan) {
  for (const auto& planned : plan.fleet) {
    for (const auto& share : planned.group->firmware) {
      const auto node = share.firmware->schema->find(kStunEnable);
      if (node != datamodel::kNoNode && share.firmware->schema->node(node).default_value == "1") return true;
    }
  }
  return false;
}

bool turned_on_by_a_phase(const scenario::Plan& plan) {
  return std::any_of(plan.phases.begin(), plan.phases.end(),
                     [](const scenario::Phase& phase) { return phase.doing.path == kStunEnable; });
}

Result<UdpSocket> open_usual(const std::string& address) {
  auto usual = UdpSocket::open(address, UdpRequests::kPort);
  return usual ? std::move(usual) : UdpSocket::open(address, 0);
}

}  // namespace

struct UdpRequests::Impl {
  struct Port {
    Port(asio::io_context& io, UdpSocket opened, StunPort which) : socket(std::move(opened)), readable(io), at(which) {}
    UdpSocket socket;
    asio::posix::stream_descriptor readable;  // a duplicate of the socket's, to wait on
    StunPort at;
  };
  struct Server {
    bool by_name = false;
    bool resolving = false;
    bool noted = false;
    Endpoint address;  // not known: not to be asked
    std::vector<std::uint64_t> waiting;
  };

  struct Waiting {
    std::atomic<std::uint32_t> answers{0};
    std::atomic<std::uint32_t> requests{0};
  };

  void wait(Port& port) {
    port.readable.async_wait(asio::posix::stream_descriptor::wait_read, [this, &port](boost::system::error_code error) {
      if (error) return;
      read(port);
      wait(port);
    });
  }

  void read(Port& port) {
    inboxes.resize(shards.size());
    port.socket.receive([&](const UdpSocket::Received& received) { sort(port.at, received); });
    for (std::size_t i = 0; i < inboxes.size(); ++i) {
      if (inboxes[i].empty()) continue;
      auto* shard = shards[i];
      asio::post(shard->context(), [shard, batch = std::move(inboxes[i])]() mutable {
        if (auto* desk = shard->udp_desk()) desk->take(std::move(batch));
      });
      inboxes[i] = {};
    }
  }

  void put(std::uint64_t shard, UdpDatagram datagram) {
    auto& there = datagram.stun ? waiting[shard].answers : waiting[shard].requests;
    if (there.load(std::memory_order_relaxed) >= kMostWaiting) return;
    ++there;
    inboxes[shard].push_back(std::move(datagram));
  }

  void sort(StunPort at, const UdpSocket::Received& received) {
    const auto bytes = received.datagram;
    const auto kind = tr111::kind_of(bytes);
    if (kind == tr111::DatagramKind::stun) {
      const auto route = tr111::route_of(bytes);
      if (!route || *route >= devices || bytes.size() > tr111::kMaxStunMessage) return;
      return put(*route % shards.size(), {*route, at, true, {bytes.begin(), bytes.end()}});
    }
    if (kind != tr111::DatagramKind::udp_request || at != StunPort::primary) return;
    // The parser looks at characters.
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!tr111::parse_udp_request(text)) return;
    if (const auto here = own.devices.device_at(tr111::address_text(received.to))) {
      const auto position = first[here->group] + here->index;
      return put(position % shards.size(), {position, at, false, {bytes.begin(), bytes.end()}});
    }
    for (std::uint64_t i = 0; i < shards.size(); ++i)
      put(i, {UdpDatagram::kByName, at, false, {bytes.begin(), bytes.end()}});
  }

  void note(std::string text) {  // with the lock
    if (notes.size() < kMostNotes) notes.push_back(std::move(text));
  }

  // The first address that may be contacted; the caller has the lock.
  Endpoint choose(const std::string& host, const std::vector<std::string>& addresses, bool& noted) {
    std::string refusal = fmt::format("no address that {} can send to", listens_on);
    for (const auto& text : addresses) {
      const auto ip = transport::parse_ip(text);
      const auto endpoint = tr111::parse_endpoint(text, 0);
      if (!ip || !endpoint || !primary->socket.takes(*endpoint)) continue;
      if (policy.allows(host, *ip)) return *endpoint;
      refusal = transport::TargetPolicy::refusal(host, *ip);
    }
    if (!std::exchange(noted, true)) note(fmt::format("no STUN with {}: {}", host, refusal));
    return {};
  }

  void resolve(const std::string& host) {
    asio::post(io, [this, host] {
      resolver.async_resolve(host, "", [this, host](boost::system::error_code error, const auto& results) {
        if (error == asio::error::operation_aborted) return;
        std::vector<std::string> addresses;
        if (!error) {
          for (const auto& each : results) addresses.push_back(each.endpoint().address().to_string());
        }
        resolved(host, error ? error.message() : std::string(), addresses);
      });
    });
  }

  // All names that led nowhere, after a while. With the lock, on the thread that reads.
  void look_up_again() {
    if (std::exchange(again_set, true)) return;
    again.expires_after(look_up_again_after);
    again.async_wait([this](boost::system::error_code error) {
      if (error) return;
      const std::lock_guard lock(mutex);
      again_set = false;
      for (auto& [host, server] : servers) {
        if (!server.by_name || server.resolving || server.address.known()) continue;
        server.resolving = true;
        resolve(host);
      }
    });
  }

  void resolved(const std::string& host, const std::string& error, const std::vector<std::string>& addresses) {
    std::vector<std::uint64_t> positions;
    {
      const std::lock_guard lock(mutex);
      auto& server = servers[host];
      server.resolving = false;
      if (!error.empty() && !std::exchange(server.noted, true))
        note(fmt::format("no STUN with {} so far: {}", host, error));
      if (error.empty()) server.address = choose(host, addresses, server.noted);
      if (!server.address.known()) {
        auto& all = server.waiting;
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return look_up_again();
      }
      positions = std::exchange(server.waiting, {});
    }
    for (const auto position : positions) {
      auto* shard = shards[position % shards.size()];
      asio::post(shard->context(), [shard, position] {
        if (auto* desk = shard->udp_desk()) desk->server_known(position);
      });
    }
  }

  std::uint64_t devices = 0;
  std::vector<std::uint64_t> first;  // position of each group's first device
  OwnAddresses own;
  std::string listens_on;
  transport::TargetPolicy policy;
  std::vector<Shard*> shards;
  std::vector<std::vector<UdpDatagram>> inboxes;  // by shard, of the batch being read
  std::unique_ptr<Waiting[]> waiting;             // by shard

  mutable std::mutex mutex;  // of the next three
  std::map<std::string, Server, std::less<>> servers;
  std::vector<std::string> notes;
  bool full = false;  // no more servers, and that was said

  asio::io_context io{1};
  asio::ip::udp::resolver resolver{io};
  asio::steady_timer again{io};
  bool again_set = false;
  Duration look_up_again_after{};
  std::optional<Port> primary;
  std::optional<Port> secondary;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
  std::thread thread;
};

UdpRequests::UdpRequests(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UdpRequests::~UdpRequests() { stop(); }

bool UdpRequests::wanted(const scenario::Plan& plan, bool builtin_acs) {
  using Listen = scenario::ConnectionRequests::Listen;
  if (plan.connection_requests.listen == Listen::off) return false;
  return !builtin_acs || on_from_the_start(plan) || turned_on_by_a_phase(plan);
}

Result<std::unique_ptr<UdpRequests>> UdpRequests::listen(const scenario::Plan& plan, Options options) {
  auto impl = std::make_unique<Impl>();
  impl->devices = plan.devices();
  std::uint64_t position = 0;
  for (const auto& planned : plan.fleet) {
    impl->first.push_back(position);
    position += planned.group->count;
  }
  impl->own = own_addresses(plan);
  impl->listens_on = listening_address(plan, impl->own.any);
  impl->policy.allowed_hosts = std::move(options.allowed_hosts);
  impl->look_up_again_after = options.look_up_again;

  const auto& wanted_port = plan.connection_requests.udp_port;
  auto primary = wanted_port ? UdpSocket::open(impl->listens_on, *wanted_port) : open_usual(impl->listens_on);
  if (!primary) {
    return failure(
        fmt::format("{}; name another port (connection_requests: {{ udp_port: 0 }} takes any free one), or do "
                    "without connection requests (--connection-requests off)",
                    primary.error().message()));
  }
  auto secondary = UdpSocket::open(impl->listens_on, 0);
  if (!secondary) return tl::unexpected<Error>(secondary.error());
  impl->primary.emplace(impl->io, std::move(*primary), StunPort::primary);
  impl->secondary.emplace(impl->io, std::move(*secondary), StunPort::secondary);
  const std::lock_guard lock(impl->mutex);
  for (const auto& [host, addresses] : options.pinned) {
    bool noted = true;  // only what is asked for is worth a note
    const auto address = impl->choose(host, addresses, noted);
    if (address.known()) impl->servers[host].address = address;
  }
  return std::unique_ptr<UdpRequests>(new UdpRequests(std::move(impl)));
}

std::shared_ptr<const scenario::Plan> UdpRequests::reachable(const scenario::Plan& plan) const {
  return scenario::with_groups(plan, [this](fleet::Group& group) { group.reachable.udp_port = port(); });
}

std::uint16_t UdpRequests::port() const { return impl_->primary->socket.port(); }

std::vector<std::string> UdpRequests::notes() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->notes;
}

void UdpRequests::serve(std::vector<Shard*> shards) {
  impl_->shards = std::move(shards);
  impl_->waiting = std::make_unique<Impl::Waiting[]>(impl_->shards.size());
  for (auto* port : {&*impl_->primary, &*impl_->secondary}) {
    port->readable.assign(dup(port->socket.descriptor()));
    impl_->wait(*port);
  }
  impl_->guard.emplace(asio::make_work_guard(impl_->io));
  impl_->thread = std::thread([state = impl_.get()] { state->io.run(); });
}

void UdpRequests::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->io.stop();
  impl_->thread.join();
  impl_->primary->readable.close();
  impl_->secondary->readable.close();
}

bool UdpRequests::own_address(std::uint32_t group) const { return impl_->own.of_group[group]; }

Endpoint UdpRequests::server(std::string_view host, std::uint16_t port, std::uint64_t position) {
  if (host.empty()) return {};
  const std::lock_guard lock(impl_->mutex);
  auto found = impl_->servers.find(host);
  if (found == impl_->servers.end()) {
    if (impl_->servers.size() >= kMostServers) {
      if (!std::exchange(impl_->full, true))
        impl_->notes.push_back(
            fmt::format("no STUN with {}, nor with any other server behind the first {}", host, kMostServers));
      return {};
    }
    found = impl_->servers.emplace(host, Impl::Server{}).first;
    if (transport::parse_ip(host)) {
      found->second.address = impl_->choose(found->first, {found->first}, found->second.noted);
    } else {
      found->second.by_name = found->second.resolving = true;
      impl_->resolve(found->first);
    }
  }
  auto& server = found->second;
  if (server.by_name && !server.address.known()) server.waiting.push_back(position);
  Endpoint out = server.address;
  if (out.known()) out.port = port;
  return out;
}

void UdpRequests::send(StunPort from, const Endpoint& source, const Endpoint& to, tr111::Bytes datagram) const {
  const auto& port = from == StunPort::primary ? *impl_->primary : *impl_->secondary;
  static_cast<void>(port.socket.send(source, to, datagram));
}

void UdpRequests::done(std::uint32_t shard, bool stun) {
  auto& waiting = impl_->waiting[shard];
  --(stun ? waiting.answers : waiting.requests);
}

}  // namespace cpefleet::engine
