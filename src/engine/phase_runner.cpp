// SPDX-License-Identifier: Apache-2.0
#include "engine/phase_runner.hpp"

#include <algorithm>

namespace cpefleet::engine {

using Do = scenario::Doing::What;
using Hold = Shard::Hold;

namespace {

device::Stimulus stimulus_of(const scenario::Doing& doing) {
  using Kind = device::Stimulus::Kind;
  device::Stimulus out;
  switch (doing.what) {
    case Do::nothing:
    case Do::offline:
    case Do::boot: break;
    case Do::periodic: out.kind = Kind::periodic; break;
    case Do::event: out.kind = Kind::inform; break;
    case Do::set: out.kind = Kind::set; break;
    case Do::call: out.kind = Kind::call; break;
    case Do::download: out.kind = Kind::download; break;
    case Do::request_download: out.kind = Kind::request_download; break;
    case Do::hang_up: out.kind = Kind::hang_up; break;
  }
  out.event = doing.event;
  out.path = doing.path;
  out.value = doing.value;
  out.call = doing.call;
  out.url = doing.url;
  out.file_type = doing.file_type;
  return out;
}

}  // namespace

PhaseRunner::PhaseRunner(Shard& shard, std::uint32_t phase, TimePoint at)
    : shard_(shard),
      phase_(phase),
      what_(shard.plan().phases[phase]),
      at_(at),
      timer_(shard.wheel(), [this] { due(shard_.clock().now(), Until::turn_is_full); }),
      end_timer_(shard.wheel(), [this] { end(); }) {
  stimulus_ = stimulus_of(what_.doing);
  if (what_.arrivals) starts_.emplace(shard.plan(), phase);
  if (at_ > shard_.clock().now())
    shard_.schedule(timer_, at_);
  else
    due(shard_.clock().now(), Until::turn_is_full);
}

PhaseRunner::~PhaseRunner() = default;

void PhaseRunner::begin() {
  begun_ = true;
  shard_.settle_before(phase_, at_);
  if (what_.doing.what == Do::offline) {
    shard_.for_each_device(shard_.hold(Hold::offline, what_.groups), [this](Shard::Slot& slot) {
      const auto context = shard_.device_context(slot.group);
      static_cast<void>(slot.device.stimulate(context, {device::Stimulus::Kind::offline, {}}));
      shard_.touch(slot);
    });
  }
  if (what_.doing.what == Do::periodic) {
    shard_.for_each_device(shard_.hold(Hold::periodic, what_.groups), [this](Shard::Slot& slot) {
      slot.device.hold_periodic(shard_.device_context(slot.group), true);
      shard_.touch(slot);
    });
  }
}

void PhaseRunner::settle(TimePoint at) {
  if (begun_) due(std::min(at, shard_.clock().now()), Until::all_done);
  if (ends_ <= at) end();
}

void PhaseRunner::end_at(TimePoint at) {
  ends_ = at;
  if (at > shard_.clock().now())
    shard_.schedule(end_timer_, at);
  else
    end();
}

void PhaseRunner::end() {
  ends_ = kNever;
  shard_.wheel().cancel(end_timer_);
  if (closed_ || over_at_) return;
  if (!begun_ && at_ > shard_.clock().now()) return close();
  // What was due and not yet carried out is a planned start all the same.
  over_at_ = shard_.clock().now();
  shard_.catching_up(+1);
  due(*over_at_, Until::turn_is_full);
}

void PhaseRunner::give_up() {
  end();
  due(shard_.clock().now(), Until::all_done);
}

bool PhaseRunner::behind(TimePoint at) const {
  if (closed_) return false;
  if (!begun_) return at_ < at;
  const auto start = starts_ ? starts_->at(next_) : std::nullopt;
  return start && at_ + start->offset <= at;
}

void PhaseRunner::close() {
  if (closed_) return;
  closed_ = true;
  shard_.wheel().cancel(timer_);
  starts_.reset();
  release();
  if (over_at_) shard_.catching_up(-1);
}

void PhaseRunner::release() {
  if (!begun_) return;
  if (what_.doing.what == Do::offline) {
    shard_.for_each_device(shard_.release(Hold::offline, what_.groups), [this](Shard::Slot& slot) {
      static_cast<void>(slot.device.stimulate(shard_.device_context(slot.group), {device::Stimulus::Kind::online, {}}));
      shard_.touch(slot);
    });
  }
  if (what_.doing.what == Do::periodic) {
    shard_.for_each_device(shard_.release(Hold::periodic, what_.groups), [this](Shard::Slot& slot) {
      slot.device.hold_periodic(shard_.device_context(slot.group), false);
      shard_.touch(slot);
    });
  }
}

void PhaseRunner::due(TimePoint limit, Until until) {
  if (closed_) return;
  if (!begun_) {
    // Its link may only be cut when what was to start before has started.
    if (until == Until::turn_is_full && shard_.behind(phase_, at_)) return shard_.schedule(timer_, at_);
    begin();
  }
  for (;;) {
    const auto start = starts_ ? starts_->at(next_) : std::nullopt;
    const auto planned = start ? at_ + start->offset : kNever;
    if (over_at_ && planned > *over_at_) return close();
    if (!start) return;
    if (planned > limit) {
      // Settled in between: it is armed, or stands in line.
      if (until == Until::all_done && timer_.scheduled()) return;
      return shard_.schedule(timer_, planned);
    }
    if (until == Until::turn_is_full && shard_.turn_is_full()) return shard_.defer(timer_);
    ++next_;
    auto* slot = shard_.find(start->group, start->index);
    if (slot == nullptr) continue;
    try {
      shard_.planned_start(*slot, stimulus_, phase_, planned);
    } catch (...) {  // one start lost by a defect of ours, not the phase
      shard_.record_defect(std::current_exception());
    }
  }
}

}  // namespace cpefleet::engine
