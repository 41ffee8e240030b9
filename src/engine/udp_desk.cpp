// SPDX-License-Identifier: Apache-2.0
#include "engine/udp_desk.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <string>

#include "engine/request_desk.hpp"
#include "engine/udp_requests.hpp"
#include "fleet/name_hash.hpp"
#include "tr111/udp_request.hpp"

namespace cpefleet::engine {
namespace {

using metrics::Id;
using tr111::UdpVerdict;

constexpr std::size_t kChecksPerTurn = 256;  // of signatures: less than a millisecond
constexpr std::size_t kMostOfOneName = 64;   // devices with one user name that are tried
constexpr std::size_t kMostUnsorted = 256;

std::uint32_t hash_of(std::string_view name) { return static_cast<std::uint32_t>(fleet::name_hash(name)); }

}  // namespace

UdpDesk::UdpDesk(Shard& shard, UdpRequests& requests) : shard_(shard), requests_(requests) {}

std::uint32_t UdpDesk::route(fleet::DeviceAt device) const {
  return static_cast<std::uint32_t>(shard_.position(device.group, device.index));
}

tr111::Endpoint UdpDesk::stun_server(fleet::DeviceAt device, std::string_view host, std::uint16_t port) {
  return requests_.server(host, port, shard_.position(device.group, device.index));
}

void UdpDesk::send(fleet::DeviceAt device, tr111::StunPort from, const tr111::Endpoint& to, tr111::Bytes datagram) {
  tr111::Endpoint source;
  if (requests_.own_address(device.group)) {
    std::string address;
    shard_.plan().fleet[device.group].group->append_place("lan_ip", device.index, address);
    source = tr111::parse_endpoint(address, 0).value_or(source);
  }
  requests_.send(from, source, to, datagram);
}

void UdpDesk::findable(fleet::DeviceAt device, std::string_view username) {
  if (requests_.own_address(device.group)) return;
  const auto place = shard_.position(device.group, device.index) / shard_.shards();
  names_.push_back({hash_of(username), static_cast<std::uint32_t>(place)});
}

void UdpDesk::attempted(fleet::DeviceAt device, tr111::StunStep::Attempt how) {
  using Attempt = tr111::StunStep::Attempt;
  const std::string_view reason = how == Attempt::answered  ? "answered"
                                  : how == Attempt::refused ? "refused"
                                                            : "timed_out";
  shard_.collector().count(Id::stun_attempts, journal::kNoPhase, device.group, reason);
}

void UdpDesk::server_known(std::uint64_t position) {
  auto* slot = shard_.at(position);
  if (slot == nullptr) return;
  slot->device.stun_server_known(shard_.device_context(slot->group));
  shard_.touch(*slot);
}

void UdpDesk::take(std::vector<UdpDatagram> batch) {
  for (auto& datagram : batch) waiting_.push_back(std::move(datagram));
  if (!posted_) work();
}

void UdpDesk::work() {
  std::size_t checks = 0;
  while (!waiting_.empty() && checks < kChecksPerTurn) {
    const auto datagram = std::move(waiting_.front());
    waiting_.pop_front();
    requests_.done(shard_.number());
    checks += handle(datagram);
  }
  if (waiting_.empty()) return;
  posted_ = true;
  boost::asio::post(shard_.context(), [this] {
    posted_ = false;
    work();
  });
}

std::size_t UdpDesk::handle(const UdpDatagram& datagram) {
  const auto& bytes = datagram.bytes;
  // A request is text.
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (datagram.position == UdpDatagram::kByName) return find_by_name(text);
  auto* slot = shard_.at(datagram.position);
  if (slot == nullptr) return 1;
  if (tr111::kind_of(bytes) == tr111::DatagramKind::stun) {
    slot->device.stun_answer(shard_.device_context(slot->group), datagram.at, bytes);
    shard_.touch(*slot);
  } else {
    static_cast<void>(offer(*slot, text, false));
  }
  return 1;
}

// New ones in between do not have all of them sorted anew for each request.
void UdpDesk::sort_names() {
  if (names_.size() - sorted_ <= kMostUnsorted) return;
  const auto middle = names_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  std::sort(middle, names_.end());
  std::inplace_merge(names_.begin(), middle, names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  sorted_ = names_.size();
}

std::size_t UdpDesk::find_by_name(std::string_view datagram) {
  const auto request = tr111::parse_udp_request(datagram);
  if (!request) return 1;
  sort_names();
  std::vector<std::uint32_t> places;
  const auto collect = [&](std::uint32_t hash) {
    const auto middle = names_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    auto at = std::lower_bound(names_.begin(), middle, Name{hash, 0});
    for (; at != middle && at->hash == hash && places.size() < kMostOfOneName; ++at) places.push_back(at->place);
    for (at = middle; at != names_.end() && places.size() < kMostOfOneName; ++at) {
      if (at->hash == hash) places.push_back(at->place);
    }
  };
  const auto value = tr111::username_of(*request);
  collect(hash_of(value));
  if (value != request->username) collect(hash_of(request->username));
  Shard::Slot* first = nullptr;
  for (const auto place : places) {
    auto* slot = shard_.at(std::uint64_t{place} * shard_.shards() + shard_.number());
    if (slot == nullptr) continue;
    if (offer(*slot, datagram, true)) return places.size();
    if (first == nullptr) first = slot;
  }
  if (first != nullptr) count(*first, "udp_ignored");
  return 1 + places.size();
}

void UdpDesk::count(const Shard::Slot& slot, std::string_view reason) {
  shard_.collector().count(Id::connection_requests, journal::kNoPhase, slot.group, reason);
}

bool UdpDesk::offer(Shard::Slot& slot, std::string_view datagram, bool named) {
  auto& device = slot.device;
  if (device.offline() || !device.powered()) {
    if (!named) count(slot, "udp_offline");
    return !named;
  }
  // At an address it shares only STUN makes it listen.
  if (named && !device.does_stun()) return false;
  const auto verdict = device.udp_request(shard_.device_context(slot.group), datagram);
  if (verdict.kind == UdpVerdict::Kind::accepted) {
    const auto became = shard_.desk().admit(slot);
    count(slot, became == "accepted" ? "udp_accepted" : became == "queued" ? "udp_queued" : "udp_throttled");
  } else if (verdict.kind == UdpVerdict::Kind::duplicate) {
    count(slot, "udp_duplicate");
  } else if (!named || verdict.authentic) {
    count(slot, "udp_ignored");
  }
  return verdict.authentic;
}

}  // namespace cpefleet::engine
