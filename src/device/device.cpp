// SPDX-License-Identifier: Apache-2.0
#include "device/device.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "cwmp/events.hpp"
#include "device/diagnostic_tests.hpp"
#include "device/known.hpp"
#include "device/lens.hpp"
#include "device/nat.hpp"
#include "device/retry.hpp"
#include "device/session_view.hpp"

namespace cpefleet::device {
namespace {

bool is_periodic_setting(std::string_view path) {
  return path == known::kPeriodicInformEnable || path == known::kPeriodicInformInterval ||
         path == known::kPeriodicInformTime;
}

}  // namespace

Device::Device(const Context& context, std::uint32_t index) : index_(index) {
  if (!context.group.start_known) return;
  bootstrapped_ = powered_ = provisioned_ = true;
  booted_at_ = context.clock.now();
  periodic_held_ = !context.group.own_timers;
  arm_periodic(context, true);
  start_stun(context);
}

Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

std::size_t Device::heap_bytes() const {
  std::size_t n = delta_.heap_bytes() + events_.heap_bytes();
  if (extra_) n += sizeof(Extra) + extra_->scheduled.capacity() * sizeof(Scheduled);
  if (extra_ && extra_->voice) n += sizeof(Voice) + extra_->voice->heap_bytes();
  if (extra_ && extra_->nat) n += sizeof(Nat);
  if (extra_ && extra_->transfers) n += extra_->transfers->heap_bytes();
  if (extra_ && extra_->diagnostics) n += sizeof(DiagnosticTests);
  return n;
}

Device::Extra& Device::extra() {
  if (!extra_) extra_ = std::make_unique<Extra>();
  return *extra_;
}

const profile::Firmware& Device::firmware(const Context& context) const {
  return extra_ && extra_->upgraded ? *extra_->upgraded->firmware : context.group.firmware_of(index_);
}

const profile::Firmware& Device::firmware_of(const Context& context, std::string_view version) const {
  return version.empty() ? context.group.firmware_of(index_) : context.group.profile->nearest_firmware(version);
}

// What is to be told of changes goes with the other undelivered events (V-6).
void Device::bootstrap() {
  events_.bootstrap();
  delta_.erase_if([](const datamodel::Delta::Entry& e) { return e.kind == datamodel::Delta::Kind::changed; });
  forget_transfers();
}

// The first thing a device ever says to an ACS is 0 BOOTSTRAP, whatever made it speak (V-7).
void Device::queue(SingleEvent event) {
  if (!bootstrapped_ && !events_.has(SingleEvent::bootstrap)) bootstrap();
  events_.add(event);
}

bool Device::tell(std::uint8_t notification) {
  if (notification < 2) return false;  // a passive one goes with the next Inform, whatever it is for (N-2)
  queue(SingleEvent::value_change);
  return true;
}

void Device::boot(const Context& context) {
  if (extra_ && extra_->voice) {
    Lens lens(*this, context);
    Voice::forget(lens.model, firmware(context).voice);
    extra_->voice.reset();
  }
  forget_diagnostics(context);
  if (!in_session_) become_flashed(context);  // else behind the session, whose view is of the old data model
  transfers_restart(context.clock.now());
  begin_provisioning(context);
  powered_ = true;
  booted_at_ = context.clock.now();
  periodic_held_ = periodic_held_ || !context.group.own_timers;
  queue(SingleEvent::boot);
  refresh_voice(context, false);
  forget_binding();
  refresh_nat(context);
  arm_periodic(context, false);
  arm_watch(context);
}

Voice::Time Device::voice_time(const Context& context) const {
  const auto now = context.clock.now();
  return {now, context.clock.wall(now),
          device_draw(context, Stream::voice, index_, static_cast<std::uint64_t>(now.time_since_epoch().count()))};
}

// At a boot: nearly no device was ever told to enable a line.
bool Device::may_have_voice(const Context& context) const {
  const auto& nodes = firmware(context).voice;
  bool any = nodes.any() && nodes.on_by_default;
  delta_.for_each([&](const datamodel::Delta::Entry& entry) {
    any = any || (nodes.any() && (entry.key.node == nodes.enable || entry.key.node == nodes.profile_enable));
  });
  return any;
}

bool Device::refresh_voice(const Context& context, bool written) {
  const auto& nodes = firmware(context).voice;
  if (!nodes.any() || !powered_) return false;
  if (!written && !(extra_ && extra_->voice) && !may_have_voice(context)) return false;
  auto& voice = extra().voice;
  if (!voice) voice = std::make_unique<Voice>(nodes);
  Lens lens(*this, context);
  return tell(voice->refresh(lens.model, context.group.profile->voice, voice_time(context)));
}

bool Device::watches_something() const {
  bool any = false;
  delta_.for_each([&](const datamodel::Delta::Entry& e) { any = any || e.kind == datamodel::Delta::Kind::told; });
  return any;
}

void Device::arm_watch(const Context& context) {
  if (extra_) extra_->watch_due = kNever;
  if (!powered_ || !watches_something()) return;
  Lens lens(*this, context);
  if (const auto after = lens.model.next_active_change()) extra().watch_due = context.clock.now() + *after;
}

// What a device does of itself. Where it asks for no session at once: Admission::quiet.
Admission Device::act(const Context& context, const Stimulus& stimulus) {
  using Kind = Stimulus::Kind;
  if (!powered_ || boot_due() != kNever) return Admission::skipped_offline;
  Lens lens(*this, context);
  std::uint8_t level = 0;
  bool line_tells = false;
  if (stimulus.kind == Kind::set) {
    const auto place = lens.model.find(stimulus.path);
    if (!place || lens.model.schema().node(place->key.node).kind != datamodel::NodeKind::parameter)
      return Admission::quiet;  // not in this firmware's model, or the row has gone
    const bool same = lens.model.stored_value(place->key) == stimulus.value;
    level = lens.model.change(place->key, stimulus.value);
    if (!stimulus.path.ends_with(".DiagnosticsState")) diagnostics_written(context, lens.model, {place->key});
    if (!same && follow_own_changes(context, {stimulus.path})) return admit();
    if (place->key.node == firmware(context).voice.enable || place->key.node == firmware(context).voice.profile_enable)
      line_tells = refresh_voice(context, true);
  } else if (!extra_ || !extra_->voice) {
    return stimulus.kind == Kind::call ? Admission::skipped_no_line : Admission::quiet;
  } else if (stimulus.kind == Kind::call) {
    if (!extra_->voice->start_call(lens.model, stimulus.call, voice_time(context), level))
      return Admission::skipped_no_line;
  } else {
    level = extra_->voice->end_calls(lens.model, voice_time(context));
  }
  if (go_down(context)) return Admission::quiet;
  return tell(level) || line_tells ? admit() : Admission::quiet;
}

bool Device::follow_own_changes(const Context& context, const std::vector<std::string>& paths) {
  const auto changed = [&](const auto& is) { return std::any_of(paths.begin(), paths.end(), is); };
  if (changed(is_periodic_setting)) arm_periodic(context, false);
  if (changed(is_stun_setting)) refresh_nat(context);
  if (changed([](const auto& path) { return path == known::kConnectionRequestUsername; })) refresh_udp_login(context);
  if (!changed([](const auto& path) { return path == known::kUrl; })) return false;
  // V-7. Where no ACS was met yet, 0 BOOTSTRAP is to come anyway, with what came before.
  if (bootstrapped_) bootstrap();
  bootstrapped_ = false;
  return true;
}

Admission Device::admit() {
  if (in_session_) return Admission::merged_in_session;
  if (offline()) return Admission::quiet;  // goes out when the link is back
  if (provisioning()) return Admission::merged_provisioning;
  if (waits_for_retry()) return Admission::merged_retry_wait;
  return Admission::start;
}

Admission Device::stimulate(const Context& context, const Stimulus& stimulus) {
  using Kind = Stimulus::Kind;
  switch (stimulus.kind) {
    case Kind::offline:
      offline_ = true;
      transfers_lose_link(context);
      cut_diagnostics(context);
      return Admission::done;
    case Kind::online: {
      offline_ = false;
      // What came due without a link is due now, not then.
      const auto now = context.clock.now();
      for (auto* due : {&periodic_due_, &retry_due_}) {
        if (*due < now) *due = now;
      }
      catch_up_nat(context);
      if (powered_ && !in_session_ && !waits_for_retry() &&
          (!events_.empty() || wants_download() || take_due_results(now)))
        wake_due_ = now;
      return Admission::done;
    }
    case Kind::set:
    case Kind::call:
    case Kind::hang_up: return act(context, stimulus);
    case Kind::connection_request:
      // Nobody hears it there.
      if (offline() || !powered_) return Admission::skipped_offline;
      queue(SingleEvent::connection_request);
      if (provisioning()) return Admission::merged_provisioning;
      // The wait before a retry does not delay it (C-12).
      return in_session_ ? Admission::merged_in_session : Admission::start;
    case Kind::download:
    case Kind::request_download: return act_on_file(context, stimulus);
    case Kind::boot:
    case Kind::periodic:
    case Kind::inform: break;
  }
  if (offline()) return Admission::skipped_offline;
  if (stimulus.kind == Kind::boot || !powered_) boot(context);
  if (stimulus.kind == Kind::periodic) queue(SingleEvent::periodic);
  if (stimulus.kind == Kind::inform) {
    if (!bootstrapped_ && !events_.has(SingleEvent::bootstrap)) bootstrap();
    events_.add(stimulus.event);
  }
  return admit();
}

TimePoint Device::next_due() const {
  // Rebooting goes on without a link; everything else waits for it.
  if (boot_due() != kNever) return boot_due();
  const auto voice = extra_ && extra_->voice ? extra_->voice->next_due() : kNever;
  if (offline_) return voice;
  auto due = std::min({periodic_due_, voice, nat_due(), diagnostics_due()});
  if (extra_ && !extra_->scheduled.empty()) due = std::min(due, extra_->scheduled.front().due);
  if (!in_session_ && !provisioning()) due = std::min({due, retry_due_, wake_due_});
  due = std::min(due, transfer_due());
  if (!in_session_ && extra_) due = std::min(due, extra_->watch_due);
  return due;
}

Device::Due Device::on_timer(const Context& context) {
  const auto now = context.clock.now();
  Due out;
  const auto wants = [&out](OwnTrigger trigger, TimePoint due) {
    if (out.trigger == OwnTrigger::none || due < out.due) out = {trigger, due};
  };
  if (boot_due() <= now) {
    const auto due = std::exchange(extra_->boot_due, kNever);
    boot(context);
    if (offline_) return out;
    wants(OwnTrigger::boot, due);
  }
  if (extra_ && extra_->voice && extra_->voice->next_due() <= now) {
    const auto due = extra_->voice->next_due();
    std::uint8_t level = 0;
    {
      Lens lens(*this, context);
      level = extra_->voice->on_timer(lens.model, context.group.profile->voice, voice_time(context));
    }
    if (tell(level)) wants(OwnTrigger::value_change, due);
    if (go_down(context)) return {};
  }
  if (offline()) return {};

  if (nat_due() <= now) {
    if (const auto due = on_nat_timer(context)) wants(OwnTrigger::value_change, *due);
  }
  if (const auto due = on_diagnostics_timer(context)) wants(OwnTrigger::diagnostics, *due);
  if (extra_ && extra_->watch_due <= now && !in_session_) {
    const auto due = extra_->watch_due;
    bool active = false;
    {
      Lens lens(*this, context);
      for (const auto& change : lens.model.changes())
        active = active || (change.notification == 2 && !holds_back(context, lens.model, change.parameter));
    }
    arm_watch(context);
    if (active && tell(2)) wants(OwnTrigger::value_change, due);
  }
  while (extra_ && !extra_->scheduled.empty() && extra_->scheduled.front().due <= now) {
    auto command = std::move(extra_->scheduled.front());
    extra_->scheduled.erase(extra_->scheduled.begin());
    queue(SingleEvent::scheduled);
    events_.add(cwmp::event::kMScheduleInform, command.command_key);  // V-2
    wants(OwnTrigger::scheduled, command.due);
  }
  if (periodic_due_ <= now) {
    const auto due = periodic_due_;
    queue(SingleEvent::periodic);
    arm_periodic(context, false);
    wants(OwnTrigger::periodic, due);
  }
  if (in_session_ || provisioning()) return {};
  // The wait before a retry does not delay it (C-12).
  if (wake_due_ <= now && events_.has(SingleEvent::connection_request))
    return {OwnTrigger::connection_request, std::exchange(wake_due_, kNever)};
  if (waits_for_retry()) {
    // What came due meanwhile goes out with the retry.
    if (retry_due_ > now) return {};
    return {OwnTrigger::retry, std::exchange(retry_due_, kNever)};
  }
  // Whatever else is due goes with it: at the end of a run only what is under way still gets its session.
  if (take_due_results(now)) out = {OwnTrigger::transfer, out.trigger == OwnTrigger::none ? now : out.due};
  if (wake_due_ <= now) {
    const auto due = std::exchange(wake_due_, kNever);
    if (out.trigger != OwnTrigger::transfer)
      out = {OwnTrigger::follow_up, out.trigger == OwnTrigger::none ? due : std::min(due, out.due)};
  }
  return out;
}

void Device::postpone(OwnTrigger trigger, TimePoint when) {
  if (trigger == OwnTrigger::retry) {
    retry_due_ = when;
  } else {
    wake_due_ = std::min(wake_due_, when);  // requests that keep coming do not put off the session
  }
}

void Device::hold_periodic(const Context& context, bool held) {
  held = held || !context.group.own_timers;
  if (held == periodic_held_) return;
  periodic_held_ = held;
  arm_periodic(context, true);
}

Device::Login Device::connection_request_login(const Context& context) const {
  const Lens lens(*this, context);
  return {stored(lens.model, known::kConnectionRequestUsername), stored(lens.model, known::kConnectionRequestPassword)};
}

bool Device::admit_connection_request(const Context& context, const connreq::ThrottlePolicy& policy) {
  return policy.limit == 0 || extra().throttle.admit(policy, context.clock.now());
}

bool Device::has_backlog() const {
  return !in_session_ && !offline() &&
         (waits_for_retry() || wake_due_ != kNever || provisioning() || (extra_ && extra_->diagnostics));
}

void Device::arm_periodic(const Context& context, bool spread) {
  periodic_due_ = kNever;
  if (!powered_ || periodic_held_) return;
  const Lens lens(*this, context);
  const auto& model = lens.model;
  if (stored(model, known::kPeriodicInformEnable) != "1") return;
  const auto seconds = parse_uint(stored(model, known::kPeriodicInformInterval)).value_or(0);
  if (seconds == 0) return;
  const Duration interval = std::chrono::seconds{seconds};
  const auto now = context.clock.now();

  // PeriodicInformTime sets the phase; the unknown time leaves it free (M-12).
  const auto reference = parse_date_time(stored(model, known::kPeriodicInformTime));
  if (reference && *reference > WallTime{}) {
    // In microseconds: a reference may be millennia away.
    auto into =
        (context.clock.wall(now) - *reference) % std::chrono::duration_cast<std::chrono::microseconds>(interval);
    if (into < std::chrono::microseconds{0}) into += std::chrono::duration_cast<std::chrono::microseconds>(interval);
    periodic_due_ = now + (interval - into);
    return;
  }
  auto wait = interval;
  if (spread) {
    const auto share = unit(device_draw(context, Stream::periodic_phase, index_, attempts_));
    wait = Duration{static_cast<Duration::rep>(share * static_cast<double>(interval.count()))};
  }
  periodic_due_ = now + wait;
}

Device::Restart& Device::promised_restart() {
  auto& put_off = extra().put_off;
  if (!put_off) put_off.emplace();
  return *put_off;
}

// Between sessions: an image is written, or a restart that waited begins. Whether it does.
bool Device::go_down(const Context& context) {
  if (in_session_) return false;
  if (flash_pending()) {
    begin_flash(context);
    return true;
  }
  if (!extra_ || !extra_->put_off || busy()) return false;
  restart(context, *std::exchange(extra_->put_off, std::nullopt));
  return true;
}

void Device::restart(const Context& context, const Restart& how) {
  if (how.factory_reset) {
    reset_to_factory(context);
    go_down_for_boot(context);
    return;
  }
  go_down_for_boot(context);
  for (const auto& key : how.command_keys) events_.add(cwmp::event::kMReboot, key);  // P-110, V-3
}

void Device::go_down_for_boot(const Context& context) {
  events_.rebooted();
  transfers_restart(context.clock.now());
  forget_binding();
  forget_diagnostics(context);
  {
    Lens lens(*this, context);
    lens.model.forget_changes();  // with 4 VALUE CHANGE (V-5)
    if (extra_ && extra_->voice) Voice::forget(lens.model, firmware(context).voice);
  }
  if (extra_) {
    extra_->voice.reset();
    extra_->put_off.reset();
    extra_->watch_due = kNever;
  }
  retry_count_ = 0;
  retry_due_ = wake_due_ = periodic_due_ = kNever;
  extra().boot_due = context.clock.now() + context.group.profile->boot_time;
}

void Device::reset_to_factory(const Context& context) {
  const auto& schema = *firmware(context).schema;
  datamodel::Delta kept;
  for (const auto path : known::kKeptAtFactoryReset) {
    const datamodel::Key key{schema.find(path), {}};
    if (const auto value = delta_.find(datamodel::Delta::Kind::value, key))
      kept.put(datamodel::Delta::Kind::value, key, *value);
  }
  delta_ = std::move(kept);
  const auto last_request = udp_request_ts();
  auto upgraded = extra_ ? std::move(extra_->upgraded) : nullptr;  // a reset is no downgrade
  events_.clear();
  extra_.reset();
  if (upgraded) extra().upgraded = std::move(upgraded);
  provisioned_ = false;
  restore_udp_request_ts(last_request);  // the login of requests stays, so a copy of an old one must not pass (U-14)
  bootstrapped_ = false;                 // V-7
}

OwnTrigger Device::session_ended(const Context& context, const SessionView& view, const cwmp::SessionOutcome& outcome) {
  const auto now = context.clock.now();
  in_session_ = false;
  settle_results(context, outcome.cause != Cause::none);
  catch_up_nat(context);
  offer_diagnostics_again(context);
  if (outcome.cause == Cause::none) {
    retry_count_ = 0;
  } else {
    events_.failed();
    ++retry_count_;
    auto wait = retry_wait(retry_count_, device_draw(context, Stream::retry_wait, index_, attempts_));
    if (outcome.retry_after) wait = std::max<Duration>(wait, *outcome.retry_after);
    retry_due_ = now + wait;
  }

  {
    Lens lens(*this, context);
    // P-32: to the new ACS at once. Where the device itself changed it, that was done already (follow_own_changes).
    if (stored(lens.model, known::kUrl) != view.acs_url()) {
      if (bootstrapped_ || !events_.has(SingleEvent::bootstrap)) bootstrap();
      bootstrapped_ = false;
      retry_count_ = 0;
      retry_due_ = kNever;
    }
  }
  if (go_down(context)) return OwnTrigger::none;
  if (view.stun_written_) {
    refresh_nat(context);
  } else if (view.login_written_) {
    refresh_udp_login(context);
  }
  arm_watch(context);
  if (offline() || provisioning()) return OwnTrigger::none;
  const bool results = !waits_for_retry() && take_due_results(now);
  if (events_.empty() && !results && !wants_download()) return OwnTrigger::none;
  if (!waits_for_retry()) return OwnTrigger::follow_up;
  // One that came during the session is not delayed by its failure (C-12).
  return events_.has(SingleEvent::connection_request) ? OwnTrigger::connection_request : OwnTrigger::none;
}

}  // namespace cpefleet::device
