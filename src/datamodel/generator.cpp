// SPDX-License-Identifier: Apache-2.0
#include "datamodel/generator.hpp"

#include <algorithm>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <iterator>

#include "base/rng.hpp"

namespace cpefleet::datamodel {
namespace {

Duration clock_of(const Generator& generator, const GeneratorInput& input) {
  return generator.kind == Generator::Kind::counter ? input.since_restart : input.since_start;
}

std::uint64_t step_number(const Generator& generator, const GeneratorInput& input) {
  return static_cast<std::uint64_t>(std::max<Duration::rep>(0, clock_of(generator, input) / generator.every));
}

std::uint64_t random_at(const GeneratorInput& input, std::uint64_t n) { return draw(input.seed, Stream::generator, n); }

// Steps of the average size, each displaced by less than one of them: so it only ever grows.
std::uint64_t counter(const Generator& generator, const GeneratorInput& input) {
  const auto n = step_number(generator, input);
  if (n == 0) return 0;
  const double average = static_cast<double>(generator.min + generator.max) / 2;
  const double spread = static_cast<double>(generator.max - generator.min) / 2;
  const double value = average * static_cast<double>(n) + (unit(random_at(input, n)) - 0.5) * spread;
  return static_cast<std::uint64_t>(std::max(0.0, value)) & 0xffffffffULL;
}

// Between two random marks in a straight line. Marks stand so far apart that no step is larger than allowed.
std::int64_t walk(const Generator& generator, const GeneratorInput& input) {
  const auto range = static_cast<std::uint64_t>(generator.max - generator.min);
  const auto step = static_cast<std::uint64_t>(std::max<std::int64_t>(1, generator.step));
  const std::uint64_t apart = range / step + 1;
  const auto n = step_number(generator, input);
  const auto mark = [&](std::uint64_t at) { return static_cast<double>(below(random_at(input, at), range + 1)); };
  const double from = mark(n / apart);
  const double to = mark(n / apart + 1);
  const double share = static_cast<double>(n % apart) / static_cast<double>(apart);
  return generator.min + static_cast<std::int64_t>(from + (to - from) * share);
}

}  // namespace

void append_generated(const Generator& generator, const GeneratorInput& input, std::string& out) {
  switch (generator.kind) {
    case Generator::Kind::counter:
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), counter(generator, input));
      return;
    case Generator::Kind::choice:
      out += generator.values[below(random_at(input, step_number(generator, input)), generator.values.size())];
      return;
    case Generator::Kind::walk:
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), walk(generator, input));
      return;
  }
}

Duration until_change(const Generator& generator, const GeneratorInput& input) {
  const auto now = std::max(clock_of(generator, input), Duration{});
  return generator.every - now % generator.every;
}

}  // namespace cpefleet::datamodel
