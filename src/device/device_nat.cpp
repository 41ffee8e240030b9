// SPDX-License-Identifier: Apache-2.0
// A device and its UDP ports: STUN as its settings say, UDP Connection Requests, notification of the address.
#include <algorithm>
#include <utility>

#include "base/rng.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "device/diagnostic_tests.hpp"
#include "device/known.hpp"
#include "device/lens.hpp"
#include "device/nat.hpp"
#include "device/udp_ports.hpp"

namespace cpefleet::device {
namespace {

using std::chrono::seconds;

constexpr std::uint16_t kStunPort = 3478;  // U-2
constexpr seconds kLongest{INT32_MAX};

seconds seconds_in(const std::string& text, seconds otherwise) {
  const auto number = parse_uint(text);
  return number ? seconds{std::min(*number, static_cast<std::uint64_t>(kLongest.count()))} : otherwise;
}

fleet::DeviceAt place_of(const Context& context, std::uint32_t index) { return {context.group.number, index}; }

bool stun_enabled(const datamodel::Model& model) { return stored(model, known::kStunEnable) == "1"; }

// The host of STUN server and its port; the ACS's where none is named (U-2).
std::pair<std::string, std::uint16_t> stun_server(const datamodel::Model& model) {
  auto host = stored(model, known::kStunServerAddress);
  if (host.empty()) {
    if (const auto url = parse_url(stored(model, known::kUrl))) host = url->host;
  }
  const auto port = parse_uint(stored(model, known::kStunServerPort)).value_or(0);
  return {std::move(host), port > 0 && port <= UINT16_MAX ? static_cast<std::uint16_t>(port) : kStunPort};
}

}  // namespace

bool is_stun_setting(std::string_view path) {
  return path == known::kStunEnable || path == known::kStunServerAddress || path == known::kStunServerPort ||
         path == known::kStunUsername || path == known::kStunPassword || path == known::kStunMaximumPeriod ||
         path == known::kStunMinimumPeriod || path == known::kUrl;
}

Nat* Device::nat() const { return extra_ ? extra_->nat.get() : nullptr; }

Nat& Device::need_nat() {
  auto& nat = extra().nat;
  if (!nat) nat = std::make_unique<Nat>();
  return *nat;
}

tr111::Endpoint Device::public_address() const {
  return nat() != nullptr ? nat()->public_address() : tr111::Endpoint{};
}

bool Device::does_stun() const { return nat() != nullptr && nat()->on; }

TimePoint Device::nat_due() const { return nat() != nullptr ? nat()->next_due(in_session_) : kNever; }

std::uint64_t Device::udp_request_ts() const { return nat() != nullptr ? nat()->guard.last_time() : 0; }

void Device::restore_udp_request_ts(std::uint64_t ts) {
  if (ts != 0) need_nat().guard = tr111::UdpRequestGuard(ts);
}

// One call of the client, and what it wants done.
template <class Call>
void Device::with_stun(const Context& context, const Call& call) {
  if (context.udp == nullptr) return;
  Nat& nat = *extra_->nat;
  auto& ports = *context.udp;
  auto& step = ports.step;
  const auto here = place_of(context, index_);
  const auto before = nat.public_address();
  {
    const Lens lens(*this, context);
    const auto username = stored(lens.model, known::kStunUsername);
    const auto password = stored(lens.model, known::kStunPassword);
    const auto [host, port] = stun_server(lens.model);
    tr111::StunSettings settings;
    settings.server = ports.stun_server(here, host, port);
    settings.local = local_udp_address(context.group, index_);
    settings.username = username;
    settings.password = password;
    settings.minimum_period = seconds_in(stored(lens.model, known::kStunMinimumPeriod), seconds{0});
    settings.maximum_period = seconds_in(stored(lens.model, known::kStunMaximumPeriod), seconds{-1});
    call(nat.client, settings, step);
    if (!step.datagram.empty()) ports.send(here, step.from, settings.server, step.datagram);
  }
  if (step.attempt != tr111::StunStep::Attempt::none) ports.attempted(here, step.attempt);
  if (nat.public_address() != before) address_changed(context, before.known() != nat.public_address().known());
}

void Device::start_stun(const Context& context) {
  if (context.udp == nullptr || !powered_) return;
  Lens lens(*this, context);
  if (!stun_enabled(lens.model)) return;
  // A fleet that is up when the run begins does not ask in one instant.
  const auto spread =
      std::clamp(seconds_in(stored(lens.model, known::kStunMinimumPeriod), {}), seconds{1}, seconds{30});
  const auto share = unit(draw(context.group.seed ^ mix64(context.group.number), Stream::stun_transaction, index_, 0));
  need_nat().begins = true;
  need_nat().due =
      context.clock.now() + Duration{static_cast<Duration::rep>(share * static_cast<double>(Duration{spread}.count()))};
}

void Device::refresh_nat(const Context& context) {
  if (context.udp == nullptr || !powered_ || boot_due() != kNever) return;
  bool enabled = false;
  {
    const Lens lens(*this, context);
    enabled = stun_enabled(lens.model);
  }
  if (!enabled && nat() == nullptr) return;
  const auto now = context.clock.now();
  Nat& nat = need_nat();
  if (std::exchange(nat.begins, false)) nat.due = kNever;
  if (!enabled) {
    if (std::exchange(nat.on, false)) {
      with_stun(context, [](auto& client, const auto& settings, auto& step) { client.stop(settings, step); });
    }
    drop_idle_nat();
    return;
  }
  if (offline_) {  // nothing goes out
    nat.begins = true;
    nat.due = now;
    return;
  }
  if (!std::exchange(nat.on, true)) {
    const auto seed = draw(context.group.seed ^ mix64(context.group.number), Stream::stun_transaction, index_,
                           mix64(static_cast<std::uint64_t>(now.time_since_epoch().count())));
    nat.client = tr111::StunClient(seed, context.udp->route(place_of(context, index_)));
  }
  refresh_udp_login(context);
  with_stun(context, [now](auto& client, const auto& settings, auto& step) { client.start(now, settings, step); });
}

void Device::catch_up_nat(const Context& context) {
  if (nat() == nullptr) return;
  const auto now = context.clock.now();
  nat()->due = std::max(nat()->due, now);
  if (nat()->client.next_due() < now && !offline()) {
    with_stun(context, [now](auto& client, const auto& settings, auto& step) { client.on_timer(now, settings, step); });
  }
}

void Device::refresh_udp_login(const Context& context) {
  if (context.udp == nullptr || nat() == nullptr || !nat()->on) return;
  context.udp->findable(place_of(context, index_), connection_request_login(context).username);
}

// Nothing is sent any more, and nobody is told: a restart (B-2).
void Device::forget_binding() {
  if (nat() == nullptr) return;
  auto& nat = *extra_->nat;
  nat.on = nat.begins = false;
  nat.due = kNever;
  nat.client = tr111::StunClient(0);
  drop_idle_nat();
}

// The ts of the last request outlives everything but a factory reset (B-1).
void Device::drop_idle_nat() {
  const auto& nat = *extra_->nat;
  if (!nat.on && nat.due == kNever && nat.guard.last_time() == 0) extra_->nat.reset();
}

void Device::stun_answer(const Context& context, tr111::StunPort at, tr111::Bytes datagram) {
  if (offline() || nat() == nullptr || !nat()->on) return;
  const auto now = context.clock.now();
  with_stun(context, [&](auto& client, const auto& settings, auto& step) {
    client.on_datagram(now, at, datagram, settings, step);
  });
}

tr111::UdpVerdict Device::udp_request(const Context& context, std::string_view datagram) {
  const auto login = connection_request_login(context);
  auto guard = nat() != nullptr ? nat()->guard : tr111::UdpRequestGuard();
  const auto verdict = guard.check(datagram, {login.username, login.password});
  if (verdict.kind == tr111::UdpVerdict::Kind::accepted) need_nat().guard = guard;
  return verdict;
}

// --- notification (N-8) -----------------------------------------------------------------------------------------------

void Device::address_changed(const Context& context, bool detection_too) {
  Lens lens(*this, context);
  const auto level_of = [&](std::string_view path) {
    const auto place = lens.model.find(path);
    return place ? lens.model.changed(place->key) : std::uint8_t{0};
  };
  Nat& nat = *extra_->nat;
  const auto now = context.clock.now();
  if (level_of(known::kUdpAddress) == 2) nat.due = std::min(nat.due, std::max(now, nat.tell_after));
  if (detection_too && level_of(known::kNatDetected) == 2) nat.due = now;
}

bool Device::holds_back(const Context& context, const datamodel::Model& model, const datamodel::Key& parameter) const {
  return nat() != nullptr && nat()->tell_after > context.clock.now() &&
         parameter.node == model.schema().find(known::kUdpAddress);
}

// Whether something is still to be told at once: an Inform may have done so meanwhile.
bool Device::tell_address(const Context& context) {
  Nat& nat = *extra_->nat;
  nat.due = kNever;
  bool active = false;
  {
    const Lens lens(*this, context);
    for (const auto& change : lens.model.changes()) {
      if (change.notification != 2) continue;
      const bool later = holds_back(context, lens.model, change.parameter);
      if (later) nat.due = nat.tell_after;
      active = active || !later;
    }
  }
  return active && tell(2);
}

void Device::told(const Context& context, const datamodel::Model& model, const datamodel::Key& parameter) {
  if (nat() == nullptr || parameter.node != model.schema().find(known::kUdpAddress)) return;
  const auto limit = seconds_in(stored(model, known::kUdpAddressLimit), seconds{0});
  nat()->tell_after = context.clock.now() + limit;
}

// --- timers -----------------------------------------------------------------------------------------------------------

// When what changed is due to be told, if it is.
std::optional<TimePoint> Device::on_nat_timer(const Context& context) {
  const auto now = context.clock.now();
  if (nat()->begins && nat()->due <= now) refresh_nat(context);
  if (nat() != nullptr && nat()->client.next_due() <= now) {
    with_stun(context, [now](auto& client, const auto& settings, auto& step) { client.on_timer(now, settings, step); });
  }
  const auto due = nat() != nullptr && !nat()->begins && !in_session_ ? nat()->due : kNever;
  return due <= now && tell_address(context) ? std::optional(due) : std::nullopt;
}

}  // namespace cpefleet::device
