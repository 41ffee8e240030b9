// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"

// When things are planned to start (DESIGN 4.1): an open model, pure functions of (definition, seed, k).
namespace cpefleet::load {

// Every device of the selection exactly once, at this rate.
struct Once {
  Rate rate;
};
// The same rate all the time; may visit a device again.
struct Constant {
  Rate rate;
};
// Linear between targets: from `from` (0 by default) to each target within its time.
struct Ramp {
  Rate from;
  struct Leg {
    Rate to;
    Duration over{};
  };
  std::vector<Leg> legs;
};
// Every device exactly once, spread over a time. flat: evenly; bell: density of a raised cosine, peak in the middle;
// front: most at the beginning (exponential, three time constants).
struct Spike {
  enum class Shape : std::uint8_t { flat, bell, front };
  Duration over{};
  Shape shape = Shape::bell;
};

using Arrivals = std::variant<Once, Constant, Ramp, Spike>;

// The sequence of planned starts of one phase: start k is at at(k) after the phase's start.
class Schedule {
 public:
  // `devices`: size of the selection. `length`: how long a rate lasts (constant; a ramp ends by itself). Whichever ends
  // first, starts or time, ends the schedule.
  Schedule(Arrivals arrivals, std::uint64_t devices, std::optional<Duration> length);

  // Empty when the schedule has no start k. Monotonic in k.
  [[nodiscard]] std::optional<Duration> at(std::uint64_t k) const;
  // How many starts there are in all; the largest number for a constant rate without a length.
  [[nodiscard]] std::uint64_t total() const;
  // From the phase's start to its planned end (the last start for once and spike, the time for rates; Duration::max()
  // for a constant rate without a length).
  [[nodiscard]] Duration length() const;
  // Starts before `elapsed`.
  [[nodiscard]] std::uint64_t before(Duration elapsed) const;

 private:
  Arrivals arrivals_;
  std::uint64_t devices_ = 0;
  std::optional<Duration> length_;
  std::uint64_t total_ = 0;
};

// A permutation of [0, n) that needs no memory: start k goes to device of(k mod n). Pure function of (seed, n).
class Permutation {
 public:
  Permutation(std::uint64_t seed, std::uint64_t n);
  [[nodiscard]] std::uint64_t of(std::uint64_t k) const;

 private:
  std::uint64_t seed_;
  std::uint64_t n_;
  unsigned half_bits_;
};

}  // namespace cpefleet::load
