// SPDX-License-Identifier: Apache-2.0
#include "engine/timer_wheel.hpp"

#include <algorithm>
#include <limits>

namespace cpefleet::engine {
namespace {

constexpr Duration kTick = std::chrono::milliseconds{1};

std::uint32_t tick_at_or_after(TimePoint t) {
  const auto ticks = (t.time_since_epoch() + kTick - Duration{1}) / kTick;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ticks, 0, std::numeric_limits<std::uint32_t>::max() - 1));
}

}  // namespace

TimerWheel::TimerWheel() {
  for (auto& level : slots_) {
    for (auto& head : level) head.prev_ = head.next_ = &head;
  }
  deferred_.prev_ = deferred_.next_ = &deferred_;
}

void TimerWheel::unlink(TimerNode& node) {
  node.prev_->next_ = node.next_;
  node.next_->prev_ = node.prev_;
  node.prev_ = node.next_ = nullptr;
}

void TimerWheel::link(TimerNode& node) {
  // The level whose block the tick shares with the present: the farther, the coarser.
  unsigned level = 0;
  while (level + 1 < kLevels && (node.tick_ >> (kBits * (level + 1))) != (now_ >> (kBits * (level + 1)))) ++level;
  append(slots_[level][(node.tick_ >> (kBits * level)) & (kSlots - 1)], node);
}

void TimerWheel::append(TimerNode& head, TimerNode& node) {
  node.prev_ = head.prev_;
  node.next_ = &head;
  head.prev_->next_ = &node;
  head.prev_ = &node;
}

void TimerWheel::schedule(TimerNode& node, TimePoint due) {
  cancel(node);
  ++size_;
  node.tick_ = std::max(tick_at_or_after(due), now_ + 1);
  link(node);
}

void TimerWheel::cancel(TimerNode& node) {
  if (!node.scheduled()) return;
  unlink(node);
  --size_;
}

void TimerWheel::defer(TimerNode& node) {
  cancel(node);
  ++size_;
  append(deferred_, node);
}

TimerNode* TimerWheel::next_deferred() {
  if (!has_deferred()) return nullptr;
  TimerNode* first = deferred_.next_;
  cancel(*first);
  return first;
}

TimePoint TimerWheel::due_of(const TimerNode& node) { return TimePoint{std::int64_t{node.tick_} * kTick}; }

TimePoint TimerWheel::next_expiry() const {
  return has_deferred() ? TimePoint{std::int64_t{now_} * kTick} : next_armed();
}

TimePoint TimerWheel::next_armed() const {
  if (size_ == 0) return kNever;
  const auto at = [](std::uint64_t tick) { return TimePoint{static_cast<std::int64_t>(tick) * kTick}; };
  for (unsigned level = 0; level < kLevels; ++level) {
    const auto shift = kBits * level;
    const auto here = (now_ >> shift) & (kSlots - 1);
    for (auto slot = here + 1; slot < kSlots; ++slot) {
      const auto& head = slots_[level][slot];
      if (head.next_ == &head) continue;
      // On a coarse level this is where the block begins and is dealt out to the finer ones.
      const auto block = (static_cast<std::uint64_t>(now_) >> (shift + kBits)) << (shift + kBits);
      return at(block | (static_cast<std::uint64_t>(slot) << shift));
    }
  }
  return at(static_cast<std::uint64_t>(now_) + 1);
}

void TimerWheel::cascade(unsigned level) {
  auto& head = slots_[level][(now_ >> (kBits * level)) & (kSlots - 1)];
  while (head.next_ != &head) {
    auto& node = *head.next_;
    unlink(node);
    link(node);
  }
}

void TimerWheel::advance(TimePoint now, Fire fire, void* context) {
  const auto target = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(now.time_since_epoch() / kTick, 0, std::numeric_limits<std::uint32_t>::max() - 1));
  while (now_ < target) {
    if (size_ == 0) {
      now_ = target;
      return;
    }
    // Jump over empty slots, but not over the beginning of a coarser block.
    const auto next = static_cast<std::uint32_t>(
        std::min<std::int64_t>(next_armed().time_since_epoch() / kTick, std::int64_t{target}));
    now_ = std::max(next, now_ + 1);
    for (unsigned level = kLevels - 1; level > 0; --level) {
      if ((now_ & ((1u << (kBits * level)) - 1)) == 0) cascade(level);
    }
    auto& head = slots_[0][now_ & (kSlots - 1)];
    while (head.next_ != &head) {
      auto& node = *head.next_;
      unlink(node);
      --size_;
      fire(context, node);
    }
  }
}

}  // namespace cpefleet::engine
