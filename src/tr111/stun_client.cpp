// SPDX-License-Identifier: Apache-2.0
#include "tr111/stun_client.hpp"

#include <algorithm>

#include "base/rng.hpp"

namespace cpefleet::tr111 {
namespace {

using std::chrono::seconds;

// RFC 3489, 9.3: sent at 0, 100, 300, 700, 1500, 3100, 4700, 6300 and 7900 ms, given up at 9500 ms.
constexpr std::uint8_t kSends = 9;
constexpr Duration kFirstWait = std::chrono::milliseconds{100};
constexpr Duration kLongestWait = std::chrono::milliseconds{1600};
// A probe without an answer takes 9.5 s, and the maximum binds the next request from the primary port all the same.
constexpr std::uint32_t kProbeTime = 10;
constexpr std::uint32_t kShortest = 10;    // seconds, where the ACS names no minimum
constexpr std::uint32_t kLongest = 1'800;  // seconds, where the ACS names no maximum

struct Range {
  std::uint32_t lowest;
  std::uint32_t highest;
  std::uint32_t longest_trial;
};

Range range_of(const StunSettings& settings) {
  const auto limited = [](seconds s) {
    return static_cast<std::uint32_t>(std::clamp<seconds::rep>(s.count(), 0, INT32_MAX));
  };
  const std::uint32_t minimum = limited(settings.minimum_period);
  const std::uint32_t maximum = limited(settings.maximum_period);
  Range range{};
  range.lowest = minimum > 0 ? minimum : maximum > 0 ? std::min(kShortest, maximum) : kShortest;
  // A minimum over the maximum is the ACS's mistake; fewer requests are the safer reading.
  range.highest = std::max(maximum > 0 ? maximum : kLongest, range.lowest);
  range.longest_trial = range.highest - std::min(range.highest, kProbeTime);
  return range;
}

Duration wait_after(std::uint8_t sends) {
  return std::min(kLongestWait, kFirstWait * (1 << (std::min<int>(sends, 5) - 1)));
}

void clear(StunStep& step) {
  step.datagram.clear();
  step.from = StunPort::primary;
  step.binding_changed = false;
  step.attempt = StunStep::Attempt::none;
  step.error = 0;
}

}  // namespace

std::optional<std::uint32_t> route_of(Bytes datagram) {
  const auto id = stun_transaction(datagram);
  if (!id) return std::nullopt;
  std::uint32_t route = 0;
  for (std::size_t i = 0; i < 4; ++i) route = route << 8 | std::to_integer<std::uint32_t>((*id)[i]);
  return route;
}

TransactionId StunClient::transaction() const {
  TransactionId id;
  const std::uint64_t bits = draw(seed_, Stream::stun_transaction, exchange_);
  const std::uint64_t more = mix64(bits);
  for (unsigned i = 0; i < 4; ++i) {
    id[i] = static_cast<std::byte>(route_ >> (24 - 8 * i) & 0xff);
    id[4 + i] = static_cast<std::byte>(more >> (8 * i) & 0xff);
  }
  for (unsigned i = 0; i < 8; ++i) id[8 + i] = static_cast<std::byte>(bits >> (8 * i) & 0xff);
  return id;
}

void StunClient::start(TimePoint now, const StunSettings& settings, StunStep& step) {
  clear(step);
  if (!nat_ && mapped_ != settings.local) {
    step.binding_changed = mapped_.known();
    mapped_ = settings.local;
  }
  probe_lost_ = false;
  no_search_ = false;
  search_anew(settings);
  phase_ = Phase::off;
  due_ = kNever;
  if (settings.server.known()) ask(now, settings, step);
}

void StunClient::stop(const StunSettings& settings, StunStep& step) {
  clear(step);
  step.binding_changed = nat_ || mapped_ != settings.local;
  nat_ = false;
  change_pending_ = false;
  mapped_ = settings.local;
  phase_ = Phase::off;
  due_ = kNever;
}

void StunClient::on_timer(TimePoint now, const StunSettings& settings, StunStep& step) {
  clear(step);
  if (now < due_) return;
  switch (phase_) {
    case Phase::off: due_ = kNever; return;
    case Phase::resting: return ask(now, settings, step);
    case Phase::quiet: return probe(now, settings, step);
    case Phase::asking:
      if (sends_ < kSends) return send(now, settings, step);
      step.attempt = StunStep::Attempt::timed_out;
      probe_lost_ = false;
      return rest(settings, false);
    case Phase::probing:
      if (sends_ < kSends) return send(now, settings, step);
      probe_lost_ = true;
      return ask(now, settings, step);
  }
}

void StunClient::on_datagram(TimePoint now, StunPort at, Bytes datagram, const StunSettings& settings, StunStep& step) {
  clear(step);
  const bool waits = phase_ == Phase::probing || (phase_ == Phase::asking && at == StunPort::primary);
  if (!waits) return;
  const auto answer = decode_binding_answer(datagram);
  if (!answer || answer->id != transaction()) return;
  if (answer->error != 0) return on_error(now, answer->error, settings, step);
  if (phase_ == Phase::probing) return on_probe_answer(now, at, settings, step);
  on_answer(now, answer->mapped, settings, step);
}

void StunClient::on_answer(TimePoint now, const Endpoint& mapped, const StunSettings& settings, StunStep& step) {
  step.attempt = StunStep::Attempt::answered;
  if (with_change_) change_pending_ = false;
  const bool moved = mapped != mapped_;
  const bool nat = mapped != settings.local;
  step.binding_changed = moved || nat != nat_;
  mapped_ = mapped;
  nat_ = nat;
  if (probe_lost_) {
    dead_ = trial_;
  } else if (moved && !searching(settings)) {
    search_anew(settings);  // what was found does not hold, or holds for a NAT that is gone
  }
  probe_lost_ = false;
  if (moved) change_pending_ = true;
  // One BINDING-CHANGE follows at once. A mapping that changes with every request waits for the next keep-alive.
  if (change_pending_ && !with_change_) return ask(now, settings, step);
  rest(settings, true);
}

void StunClient::on_probe_answer(TimePoint now, StunPort at, const StunSettings& settings, StunStep& step) {
  if (at == StunPort::primary) {
    alive_ = trial_;
  } else {
    no_search_ = true;
  }
  ask(now, settings, step);
}

void StunClient::on_error(TimePoint now, std::uint16_t error, const StunSettings& settings, StunStep& step) {
  if (error == 401 && !with_integrity_ && !settings.username.empty()) {
    with_integrity_ = true;
    sends_ = 0;
    ++exchange_;
    return send(now, settings, step);
  }
  if (phase_ == Phase::probing) {
    no_search_ = true;
    return ask(now, settings, step);
  }
  step.attempt = StunStep::Attempt::refused;
  step.error = error;
  probe_lost_ = false;
  rest(settings, false);
}

void StunClient::ask(TimePoint now, const StunSettings& settings, StunStep& step) {
  phase_ = Phase::asking;
  with_change_ = change_pending_;
  with_integrity_ = false;
  sends_ = 0;
  ++exchange_;
  send(now, settings, step);
}

void StunClient::probe(TimePoint now, const StunSettings& settings, StunStep& step) {
  phase_ = Phase::probing;
  with_integrity_ = false;
  sends_ = 0;
  ++exchange_;
  send(now, settings, step);
}

void StunClient::send(TimePoint now, const StunSettings& settings, StunStep& step) {
  BindingRequest request;
  request.id = transaction();
  request.username = settings.username;
  if (with_integrity_) request.password = settings.password;
  if (phase_ == Phase::probing) {
    step.from = StunPort::secondary;
    request.response_address = mapped_;
  } else {
    step.from = StunPort::primary;
    request.connection_request_binding = true;
    request.binding_change = with_change_;
    sent_ = now;
  }
  encode(request, step.datagram);
  ++sends_;
  due_ = now + wait_after(sends_);
}

void StunClient::rest(const StunSettings& settings, bool may_search) {
  const bool search = may_search && searching(settings);
  if (search) trial_ = next_trial(settings);
  phase_ = search ? Phase::quiet : Phase::resting;
  due_ = sent_ + (search ? seconds{trial_} : period(settings));
}

void StunClient::search_anew(const StunSettings& settings) {
  const Range range = range_of(settings);
  alive_ = range.lowest;
  dead_ = range.longest_trial + 1;
}

bool StunClient::searching(const StunSettings& settings) const {
  const Range range = range_of(settings);
  // As near as an eighth is good enough.
  return nat_ && !no_search_ && range.lowest < range.highest && dead_ > alive_ && dead_ - alive_ > 1 + alive_ / 8;
}

std::uint32_t StunClient::next_trial(const StunSettings& settings) const {
  const std::uint32_t longest = range_of(settings).longest_trial;
  // Doubled until one has died, then halved: what a dead binding costs is requests that do not reach the device.
  if (dead_ > longest) return std::min(alive_ * 2, longest);
  return alive_ + (dead_ - alive_) / 2;
}

seconds StunClient::period(const StunSettings& settings) const {
  const Range range = range_of(settings);
  if (!nat_) return seconds{range.highest};  // there is no binding to keep alive
  return seconds{std::clamp(alive_, range.lowest, range.highest)};
}

}  // namespace cpefleet::tr111
