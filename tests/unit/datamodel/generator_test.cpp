// SPDX-License-Identifier: Apache-2.0
#include "datamodel/generator.hpp"

#include <doctest/doctest.h>
#include <set>

#include "base/text.hpp"
#include "small_model.hpp"

using namespace cpefleet;
using namespace cpefleet::datamodel;
using namespace std::chrono_literals;

namespace {

std::string at(const Generator& generator, Duration time, std::uint64_t seed = 1) {
  std::string out;
  append_generated(generator, {seed, time, time}, out);
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("datamodel.generator");

TEST_CASE("a counter starts at 0, never falls, and grows by its average [M-16]") {
  const Generator counter{Generator::Kind::counter, 10s, 0, 100, 0, {}};
  CHECK(at(counter, 0s) == "0");
  CHECK(at(counter, 9s) == "0");
  std::int64_t last = 0;
  for (int n = 1; n <= 1000; ++n) {
    const auto now = parse_int(at(counter, n * 10s)).value();
    CHECK(now >= last);
    last = now;
  }
  CHECK(last > 49'000);
  CHECK(last < 51'000);
  CHECK(at(counter, 5000s, 1) == at(counter, 5000s, 1));
  CHECK(at(counter, 5000s, 1) != at(counter, 5000s, 2));
}

TEST_CASE("a counter wraps at 32 bits [D-21]") {
  const Generator counter{Generator::Kind::counter, 1s, 1'000'000, 1'000'000, 0, {}};
  CHECK(at(counter, 4294s) == "4294000000");
  CHECK(at(counter, 4295s) == std::to_string(4'295'000'000 - (std::int64_t{1} << 32)));
}

TEST_CASE("a choice stays as it is for a step and takes all its values in the long run") {
  const Generator choice{Generator::Kind::choice, 5min, 0, 0, 0, {"Up", "Error", "Testing"}};
  CHECK(at(choice, 1s) == at(choice, 299s));
  std::set<std::string> seen;
  for (int n = 0; n < 50; ++n) seen.insert(at(choice, n * 5min));
  CHECK(seen == std::set<std::string>{"Up", "Error", "Testing"});
}

TEST_CASE("a walk stays between its ends and never takes a longer step than allowed") {
  const Generator walk{Generator::Kind::walk, 1s, -50, 50, 7, {}};
  auto last = parse_int(at(walk, 0s)).value();
  std::set<std::int64_t> seen;
  for (int n = 1; n < 2000; ++n) {
    const auto now = parse_int(at(walk, n * 1s)).value();
    CHECK(now >= -50);
    CHECK(now <= 50);
    CHECK(std::abs(now - last) <= 7);
    seen.insert(now);
    last = now;
  }
  CHECK(seen.size() > 50);
}

TEST_CASE("the next change is at the next step") {
  const Generator choice{Generator::Kind::choice, 5min, 0, 0, 0, {"a"}};
  CHECK(until_change(choice, {1, 0s, 0s}) == 5min);
  CHECK(until_change(choice, {1, 0s, 299s}) == 1s);
}

TEST_CASE("a generated parameter reads what its generator makes, and keeps nothing [M-16]") {
  auto builder = test::small_builder();
  Node node = test::parameter(Type::unsigned_integer, false);
  node.source = Source::generated;
  node.generator = std::make_shared<Generator>(Generator{Generator::Kind::counter, 1s, 10, 10, 0, {}});
  REQUIRE(builder.add("Device.Sent", std::move(node)));
  const auto schema = *builder.build();
  Delta delta;
  test::FixedSurroundings around;
  Model model(*schema, delta, around);
  const auto key = model.find("Device.Sent")->key;
  around.input.since_restart = 12s;
  CHECK(model.value(key) == "120");
  model.store(key, "7");
  CHECK(delta.empty());
}

TEST_SUITE_END();
