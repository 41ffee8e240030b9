// SPDX-License-Identifier: Apache-2.0
#include "engine/udp_desk.hpp"

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
constexpr std::size_t kAnswersPerTurn = 256;
constexpr std::size_t kMostOfOneName = 1024;  // devices with one user name that are tried

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
  names_.set(static_cast<std::uint32_t>(place), hash_of(username));
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
  about_address(*slot, [&] { slot->device.stun_server_known(shard_.device_context(slot->group)); });
}

void UdpDesk::take(std::vector<UdpDatagram> batch) {
  for (auto& datagram : batch) (datagram.stun ? answers_ : asking_).push_back(std::move(datagram));
  if (!posted_) work();
}

void UdpDesk::work() {
  for (std::size_t done = 0; !answers_.empty() && done < kAnswersPerTurn; ++done) {
    const auto datagram = std::move(answers_.front());
    answers_.pop_front();
    requests_.done(shard_.number(), true);
    stun_answer(datagram);
  }
  std::size_t checks = 0;
  while (!asking_.empty() && checks < kChecksPerTurn) {
    if (!request(asking_.front(), kChecksPerTurn, checks)) continue;
    asking_.pop_front();
    requests_.done(shard_.number(), false);
  }
  if (answers_.empty() && asking_.empty()) return;
  posted_ = true;
  boost::asio::post(shard_.context(), [this] {
    posted_ = false;
    work();
  });
}

template <class Call>
void UdpDesk::about_address(Shard::Slot& slot, const Call& call) {
  const bool unsaved = slot.unsaved;
  const auto before = slot.device.public_address();
  call();
  shard_.touch(slot);
  if (slot.device.public_address() == before) slot.unsaved = unsaved;
}

void UdpDesk::stun_answer(const UdpDatagram& datagram) {
  auto* slot = shard_.at(datagram.position);
  if (slot == nullptr) return;
  about_address(*slot,
                [&] { slot->device.stun_answer(shard_.device_context(slot->group), datagram.at, datagram.bytes); });
}

bool UdpDesk::request(const UdpDatagram& datagram, std::size_t most, std::size_t& checks) {
  // A request is text.
  const std::string_view text(reinterpret_cast<const char*>(datagram.bytes.data()), datagram.bytes.size());
  if (datagram.position == UdpDatagram::kByName) return find_by_name(text, most, checks);
  ++checks;
  if (auto* slot = shard_.at(datagram.position)) static_cast<void>(offer(*slot, text, false));
  return true;
}

bool UdpDesk::find_by_name(std::string_view datagram, std::size_t most, std::size_t& checks) {
  const auto slot_at = [this](std::uint32_t place) {
    return shard_.at(std::uint64_t{place} * shard_.shards() + shard_.number());
  };
  if (tried_ == 0) {
    ++checks;
    places_.clear();
    const auto request = tr111::parse_udp_request(datagram);
    if (!request) return true;
    // At an address it shares only STUN makes a device listen.
    const auto listens = [&](std::uint32_t place) {
      const auto* slot = slot_at(place);
      return slot != nullptr && slot->device.does_stun();
    };
    const auto value = tr111::username_of(*request);
    names_.find(hash_of(value), kMostOfOneName, places_, listens);
    if (value != request->username) names_.find(hash_of(request->username), kMostOfOneName, places_, listens);
  }
  while (tried_ < places_.size() && checks < most) {
    ++checks;
    if (!offer(*slot_at(places_[tried_++]), datagram, true)) continue;
    tried_ = 0;
    return true;
  }
  if (tried_ < places_.size()) return false;
  tried_ = 0;
  if (!places_.empty()) count(*slot_at(places_.front()), "udp_ignored");
  return true;
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
  if (named && !device.does_stun()) return false;
  const auto verdict = device.udp_request(shard_.device_context(slot.group), datagram);
  if (verdict.kind == UdpVerdict::Kind::accepted) {
    const auto became = shard_.desk().admit(slot);
    keep_time_stamp(slot);
    count(slot, became == "accepted" ? "udp_accepted" : became == "queued" ? "udp_queued" : "udp_throttled");
  } else if (verdict.kind == UdpVerdict::Kind::duplicate) {
    count(slot, "udp_duplicate");
  } else if (!named || verdict.authentic) {
    count(slot, "udp_ignored");
  }
  return verdict.authentic;
}

void UdpDesk::keep_time_stamp(Shard::Slot& slot) {
  slot.unsaved = true;
  // During a session its end says what is kept.
  if (!shard_.keeps_state() || slot.device.in_session()) return;
  shard_.save(slot, slot.device.record(shard_.device_context(slot.group)));
}

}  // namespace cpefleet::engine
