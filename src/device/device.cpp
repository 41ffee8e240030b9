// SPDX-License-Identifier: Apache-2.0
#include "device/device.hpp"

#include <algorithm>
#include <utility>

#include "base/rng.hpp"
#include "base/text.hpp"
#include "cwmp/events.hpp"
#include "datamodel/model.hpp"
#include "device/known.hpp"
#include "device/retry.hpp"
#include "device/session_view.hpp"
#include "device/surroundings.hpp"

namespace cpefleet::device {
namespace {

std::uint64_t device_draw(const Context& context, Stream stream, std::uint32_t index, std::uint64_t counter) {
  return draw(context.group.seed ^ mix64(context.group.number), stream, index, counter);
}

std::string stored(const datamodel::Model& model, std::string_view path) {
  const auto node = model.schema().find(path);
  return node == datamodel::kNoNode ? std::string() : model.stored_value({node, {}});
}

}  // namespace

Device::Device(const Context& context, std::uint32_t index) : index_(index) {
  if (!context.group.start_known) return;
  bootstrapped_ = powered_ = true;
  booted_at_ = context.clock.now();
  periodic_held_ = !context.group.own_timers;
  arm_periodic(context, true);
}

Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

std::size_t Device::heap_bytes() const {
  std::size_t n = delta_.heap_bytes() + events_.heap_bytes();
  if (extra_) n += sizeof(Extra) + extra_->scheduled.capacity() * sizeof(Scheduled);
  return n;
}

Device::Extra& Device::extra() {
  if (!extra_) extra_ = std::make_unique<Extra>();
  return *extra_;
}

const profile::Firmware& Device::firmware(const Context& context) const { return context.group.firmware_of(index_); }

// The first thing a device ever says to an ACS is 0 BOOTSTRAP, whatever made it speak (V-7).
void Device::queue(SingleEvent event) {
  if (!bootstrapped_ && !events_.has(SingleEvent::bootstrap)) events_.bootstrap();
  events_.add(event);
}

void Device::boot(const Context& context) {
  powered_ = true;
  booted_at_ = context.clock.now();
  periodic_held_ = periodic_held_ || !context.group.own_timers;
  queue(SingleEvent::boot);
  arm_periodic(context, false);
}

Admission Device::stimulate(const Context& context, const Stimulus& stimulus) {
  switch (stimulus.kind) {
    case Stimulus::Kind::offline: offline_ = true; return Admission::done;
    case Stimulus::Kind::online: {
      offline_ = false;
      // What came due without a link is due now, not then.
      const auto now = context.clock.now();
      for (auto* due : {&periodic_due_, &retry_due_}) {
        if (*due < now) *due = now;
      }
      if (powered_ && !in_session_ && !waits_for_retry() && !events_.empty()) wake_due_ = now;
      return Admission::done;
    }
    case Stimulus::Kind::boot:
    case Stimulus::Kind::periodic:
    case Stimulus::Kind::inform: break;
  }
  if (offline()) return Admission::skipped_offline;
  if (stimulus.kind == Stimulus::Kind::boot || !powered_) boot(context);
  if (stimulus.kind == Stimulus::Kind::periodic) queue(SingleEvent::periodic);
  if (stimulus.kind == Stimulus::Kind::inform) {
    if (!bootstrapped_ && !events_.has(SingleEvent::bootstrap)) events_.bootstrap();
    events_.add(stimulus.event);
  }
  if (in_session_) return Admission::merged_in_session;
  if (waits_for_retry()) return Admission::merged_retry_wait;
  return Admission::start;
}

TimePoint Device::next_due() const {
  // Rebooting goes on without a link; everything else waits for it.
  if (boot_due() != kNever) return boot_due();
  if (offline_) return kNever;
  auto due = periodic_due_;
  if (extra_ && !extra_->scheduled.empty()) due = std::min(due, extra_->scheduled.front().due);
  if (!in_session_) due = std::min({due, retry_due_, wake_due_});
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
  if (offline()) return out;

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
  if (in_session_) return {};
  if (waits_for_retry()) {
    // What came due meanwhile goes out with the retry.
    if (retry_due_ > now) return {};
    return {OwnTrigger::retry, std::exchange(retry_due_, kNever)};
  }
  if (wake_due_ <= now) wants(OwnTrigger::follow_up, std::exchange(wake_due_, kNever));
  return out;
}

void Device::postpone(OwnTrigger trigger, TimePoint when) {
  (trigger == OwnTrigger::retry ? retry_due_ : wake_due_) = when;
}

void Device::hold_periodic(const Context& context, bool held) {
  held = held || !context.group.own_timers;
  if (held == periodic_held_) return;
  periodic_held_ = held;
  arm_periodic(context, true);
}

bool Device::has_backlog() const { return !in_session_ && !offline() && (waits_for_retry() || wake_due_ != kNever); }

void Device::arm_periodic(const Context& context, bool spread) {
  periodic_due_ = kNever;
  if (!powered_ || periodic_held_) return;
  DeviceSurroundings around(context, index_, booted_at_);
  const datamodel::Model model(*firmware(context).schema, delta_, around);
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

void Device::go_down_for_boot(const Context& context) {
  events_.rebooted();
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
  events_.clear();
  extra_.reset();
  bootstrapped_ = false;  // V-7
}

OwnTrigger Device::session_ended(const Context& context, const SessionView& view, const cwmp::SessionOutcome& outcome) {
  const auto now = context.clock.now();
  in_session_ = false;
  if (outcome.cause == Cause::none) {
    retry_count_ = 0;
  } else {
    events_.failed();
    ++retry_count_;
    auto wait = retry_wait(retry_count_, device_draw(context, Stream::retry_wait, index_, attempts_));
    if (outcome.retry_after) wait = std::max<Duration>(wait, *outcome.retry_after);
    retry_due_ = now + wait;
  }

  // What was put off until the session is over (S-9).
  if (view.factory_reset_) {
    reset_to_factory(context);
    go_down_for_boot(context);
    return OwnTrigger::none;
  }
  DeviceSurroundings around(context, index_, booted_at_);
  const datamodel::Model model(*firmware(context).schema, delta_, around);
  if (stored(model, known::kUrl) != view.acs_url()) {  // P-32: to the new ACS at once
    bootstrapped_ = false;
    events_.bootstrap();
    retry_count_ = 0;
    retry_due_ = kNever;
  }
  if (view.reboot_) {
    go_down_for_boot(context);
    events_.add(cwmp::event::kMReboot, *view.reboot_);  // P-110
    return OwnTrigger::none;
  }
  if (offline() || waits_for_retry() || events_.empty()) return OwnTrigger::none;
  return OwnTrigger::follow_up;
}

}  // namespace cpefleet::device
