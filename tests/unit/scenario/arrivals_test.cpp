// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;
using namespace std::chrono_literals;

namespace {

Loaded phase(const std::string& arrivals) {
  return Loaded(with_phases("  - { name: p, do: boot, for: 1m, arrivals: { " + arrivals + " } }\n"));
}

template <class T>
T read(const std::string& arrivals) {
  const Loaded loaded = phase(arrivals);
  REQUIRE_MESSAGE(loaded.plan, loaded.text());
  return std::get<T>(*loaded.plan->phases[0].arrivals);
}

}  // namespace

TEST_SUITE("scenario.arrivals") {
  TEST_CASE("all kinds are read") {
    CHECK(read<load::Once>("once: { rate: 5/s }").rate == Rate{5});
    CHECK(read<load::Constant>("constant: 60/m").rate == Rate{1});
    CHECK(read<load::Spike>("spike: { over: 30s }").shape == load::Spike::Shape::flat);
    CHECK(read<load::Spike>("spike: { over: 30s, shape: front }").shape == load::Spike::Shape::front);
    const auto ramp = read<load::Ramp>("ramp: { to: 100/s, over: 30s }");
    CHECK(ramp.from == Rate{0});
    REQUIRE(ramp.legs.size() == 1);
    CHECK(ramp.legs[0].to == Rate{100});
    const auto legs = read<load::Ramp>("ramp: { from: 2/s, legs: [ { to: 9/s, over: 5s }, { to: 0/s, over: 5s } ] }");
    CHECK(legs.from == Rate{2});
    REQUIRE(legs.legs.size() == 2);
    CHECK(legs.legs[1].over == 5s);
  }

  TEST_CASE("mistakes are told where they stand") {
    CHECK(phase("").says("exactly one of", 6));
    CHECK(phase("once: { rate: 5/s }, constant: 5/s").says("exactly one of", 6));
    CHECK(phase("constat: 5/s").says("no key `constat` (did you mean \"constant\"?)", 6));
    CHECK(phase("constant: 0/s").says("starts nothing", 6));
    CHECK(phase("once: 5/s").says("`once` must be a map, not a text", 6));
    CHECK(phase("once: {}").says("needs `rate`", 6));
    CHECK(phase("spike: { shape: bell }").says("needs `over`", 6));
    CHECK(phase("spike: { over: 0s }").says("longer than 0", 6));
    CHECK(phase("spike: { over: 1m, shape: round }").says("unknown word `round`", 6));
    CHECK(phase("ramp: { to: 0/s, over: 1m }").says("starts nothing", 6));
    CHECK(phase("ramp: { legs: [] }").says("must be a list", 6));
    CHECK(phase("ramp: { legs: [ { to: 1/s, over: 1s } ], to: 1/s }").says("instead of `to`", 6));
    CHECK(phase("ramp: { legs: [ { to: 1/s, over: 1s, form: 3/s } ] }").says("no key `form`", 6));
    CHECK(phase("poisson: 5/s").says("not supported by this version", 6));
  }
}
