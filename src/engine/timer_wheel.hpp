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
// Owned by its shard. Thread: the shard.
class TimerWheel {
 public:
  // False: that is enough for now, the rest with the next advance().
  using Fire = bool (*)(void* context, TimerNode& node);

  TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms or re-arms. What is already due fires with the next millisecond.
  void schedule(TimerNode& node, TimePoint due);
  // Fires with the next advance(), be it in the same millisecond. Only for what then ends the turn: see Fire.
  void schedule_next(TimerNode& node);
  void cancel(TimerNode& node);
  // When advance() should be called next; kNever when nothing is armed. May be earlier than the first timer.
  [[nodiscard]] TimePoint next_expiry() const;
  // Fires what is due at `now`, in the order of its ticks; a fired node may be scheduled again from within.
  void advance(TimePoint now, Fire fire, void* context);
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr unsigned kBits = 8;
  static constexpr std::uint32_t kSlots = 1u << kBits;
  static constexpr unsigned kLevels = 4;
  void schedule(TimerNode& node, std::uint32_t tick);
  void link(TimerNode& node);
  static void unlink(TimerNode& node);
  void cascade(unsigned level);
  bool fire_present(Fire fire, void* context);

  struct Head : TimerNode {
    Head() : TimerNode(Kind::callback) {}
  };
  std::array<std::array<Head, kSlots>, kLevels> slots_;
  std::uint32_t now_ = 0;  // everything before this tick has fired, and of its own what was not left over
  std::size_t size_ = 0;
};

}  // namespace cpefleet::engine
