// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace cpefleet::engine {

// Something that can be due. Lives inside what it wakes (a device, a session, a phase); 24 bytes. Must be cancelled or
// fired before it is destroyed; does not move while it is scheduled.
class TimerNode {
 public:
  enum class Kind : std::uint8_t { device, callback };
  explicit TimerNode(Kind kind) : kind_(kind) {}
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;
  [[nodiscard]] bool scheduled() const { return prev_ != nullptr; }
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  friend class TimerWheel;
  TimerNode* prev_ = nullptr;
  TimerNode* next_ = nullptr;
  std::uint32_t tick_ = 0;
  Kind kind_;
};

// A hierarchical timer wheel: four levels of 256 slots of one millisecond, so that a million armed timers cost the same
// as one. Never early, late by one tick at most when advanced in time. Horizon 49 days; later is taken as the horizon.
// What is due and cannot be done yet may be put off; it then waits in line beside the wheel, which goes on.
// Owned by its shard. Thread: the shard.
class TimerWheel {
 public:
  using Fire = void (*)(void* context, TimerNode& node);

  TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms or re-arms. What is already due fires with the next advance().
  void schedule(TimerNode& node, TimePoint due);
  void cancel(TimerNode& node);
  // To the end of the line of those that are due and wait for next_deferred(). May be cancelled and scheduled like any.
  void defer(TimerNode& node);
  // Takes the first out of the line; null when nobody waits.
  [[nodiscard]] TimerNode* next_deferred();
  [[nodiscard]] bool has_deferred() const { return deferred_.next_ != &deferred_; }
  // The time a node was last scheduled for, in whole ticks.
  [[nodiscard]] static TimePoint due_of(const TimerNode& node);
  // When advance() should be called next; kNever when nothing is armed. May be earlier than the first timer,
  // and is in the past while somebody waits in line.
  [[nodiscard]] TimePoint next_expiry() const;
  // Fires everything due at `now`; a fired node may be scheduled again from within.
  void advance(TimePoint now, Fire fire, void* context);
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr unsigned kBits = 8;
  static constexpr std::uint32_t kSlots = 1u << kBits;
  static constexpr unsigned kLevels = 4;
  void link(TimerNode& node);
  [[nodiscard]] TimePoint next_armed() const;
  static void append(TimerNode& head, TimerNode& node);
  static void unlink(TimerNode& node);
  void cascade(unsigned level);

  struct Head : TimerNode {
    Head() : TimerNode(Kind::callback) {}
  };
  std::array<std::array<Head, kSlots>, kLevels> slots_;
  Head deferred_;
  std::uint32_t now_ = 0;  // everything up to and with this tick has fired
  std::size_t size_ = 0;
};

}  // namespace cpefleet::engine
