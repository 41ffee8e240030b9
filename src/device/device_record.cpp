// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "device/device.hpp"
#include "device/diagnostic_tests.hpp"
#include "device/known.hpp"
#include "device/lens.hpp"
#include "device/nat.hpp"
#include "device/retry.hpp"

// What of a device is kept over runs, and how it goes on from there.
namespace cpefleet::device {
namespace {

TimePoint point_of(const Clock& clock, WallTime at) {
  const auto now = clock.now();
  return now + (at - clock.wall(now));
}

}  // namespace

state::DeviceRecord Device::record(const Context& context) const {
  const Lens lens(*this, context);
  return record(context, stored(lens.model, known::kUrl));
}

state::DeviceRecord Device::record(const Context& context, std::string acs_url) const {
  const auto& clock = context.clock;
  state::DeviceRecord out;
  out.bootstrapped = bootstrapped_;
  out.powered = powered_;
  out.booted_at = clock.wall(booted_at_);
  if (bootstrapped_) out.acs_url = std::move(acs_url);
  out.delta = delta_.clone();
  auto events = events_.undelivered();
  out.single_events = events.single;
  out.events = std::move(events.named);
  if (periodic_due_ != kNever) out.periodic_due = clock.wall(periodic_due_);
  if (boot_due() != kNever) out.boot_due = clock.wall(boot_due());
  out.udp_request_ts = udp_request_ts();
  out.provisioned = provisioned_;
  if (!extra_) return out;
  out.restart = extra_->put_off;
  if (extra_->upgraded) out.software_version = extra_->upgraded->version;
  if (extra_->transfers) {
    for (const auto& entry : extra_->transfers->entries) {
      out.transfers.push_back(entry.what);
      auto& kept = out.transfers.back();
      // One that is on its way begins anew.
      if (kept.stage == state::Transfer::Stage::running) kept.stage = state::Transfer::Stage::waiting;
      kept.due = kept.stage == state::Transfer::Stage::waiting && entry.due != kNever ? clock.wall(entry.due)
                                                                                      : clock.wall(clock.now());
    }
  }
  out.scheduled.reserve(extra_->scheduled.size());
  for (const auto& [due, key] : extra_->scheduled) out.scheduled.push_back({clock.wall(due), key});
  return out;
}

void Device::restore(const Context& context, state::DeviceRecord record) {
  const auto& clock = context.clock;
  const auto now = clock.now();
  extra_.reset();
  if (!record.software_version.empty()) {
    extra().upgraded = std::make_unique<Upgraded>(
        Upgraded{&firmware_of(context, record.software_version), std::move(record.software_version)});
  }
  provisioned_ = record.provisioned;
  delta_ = std::move(record.delta);
  events_.restore({record.single_events, std::move(record.events)});
  powered_ = record.powered;
  bootstrapped_ = record.bootstrapped;
  booted_at_ = std::min(now, point_of(clock, record.booted_at));
  periodic_held_ = !context.group.own_timers;
  restore_udp_request_ts(record.udp_request_ts);
  for (auto& [due, key] : record.scheduled)
    extra().scheduled.push_back({std::max(now, point_of(clock, due)), std::move(key)});
  bool same_acs = true;
  {
    Lens lens(*this, context);
    same_acs = stored(lens.model, known::kUrl) == record.acs_url;
    if (may_have_voice(context)) Voice::drop_calls(lens.model, firmware(context).voice);
  }
  for (auto& transfer : record.transfers) {
    const auto due = std::max(now, point_of(clock, transfer.due));
    need_transfers().entries.push_back({std::move(transfer), due});
  }
  if (bootstrapped_ && !same_acs) {  // V-7
    bootstrapped_ = false;
    bootstrap();
  }
  if (record.restart) {
    extra().put_off = std::move(record.restart);
  } else if (record.boot_due) {
    extra().boot_due = std::max(now, point_of(clock, *record.boot_due));
    return;
  }
  if (go_down(context)) return;
  if (powered_ && !bootstrapped_) begin_provisioning(context);
  static_cast<void>(refresh_voice(context, false));
  arm_periodic(context, true);
  if (periodic_due_ != kNever && record.periodic_due) {
    const auto due = point_of(clock, *record.periodic_due);
    if (due > now) periodic_due_ = due;
  }
  start_stun(context);
  resume_diagnostics(context);
  arm_watch(context);
  if (watches_something()) {  // what this run changed, its ConnectionRequestURL perhaps (N-10)
    std::uint8_t level = 0;
    {
      const Lens lens(*this, context);
      for (const auto& change : lens.model.changes()) level = std::max(level, change.notification);
    }
    static_cast<void>(tell(level));
  }
  // Results go with what else there is to tell, or in the session of its own that this asks for.
  if (powered_ && (!events_.empty() || take_due_results(now)))
    wake_due_ = now + retry_wait(1, device_draw(context, Stream::retry_wait, index_, attempts_));
}

}  // namespace cpefleet::device
