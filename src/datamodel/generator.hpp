// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace cpefleet::datamodel {

// A value that changes by itself: a pure function of (seed, time), so that nothing is stored and a run repeats.
// Immutable, part of a schema, shared by all shards.
struct Generator {
  enum class Kind : std::uint8_t {
    counter,  // grows by min..max (on average halfway) at each step since the last restart; wraps at 2^32 (D-21)
    choice,   // one of `values`, drawn anew at each step
    walk,     // a number that wanders between min and max, by at most `step` at a time
  };
  Kind kind = Kind::counter;
  Duration every = std::chrono::seconds{1};  // at least 1 ms
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t step = 0;            // walk; at least 1
  std::vector<std::string> values;  // choice; never empty
};

// What a device gives a generator: numbers of its own for one parameter, and the time.
struct GeneratorInput {
  std::uint64_t seed = 0;    // of (run, device, parameter)
  Duration since_restart{};  // for counters
  Duration since_start{};    // of the run, for the others
};

void append_generated(const Generator& generator, const GeneratorInput& input, std::string& out);
// How long until the value may be another one; more than zero.
[[nodiscard]] Duration until_change(const Generator& generator, const GeneratorInput& input);

}  // namespace cpefleet::datamodel
