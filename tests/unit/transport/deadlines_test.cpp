// SPDX-License-Identifier: Apache-2.0
#include "transport/deadlines.hpp"

#include <doctest/doctest.h>

namespace cpefleet::transport {
namespace {

using std::chrono::seconds;

struct Waiter {
  Deadlines<Waiter>::Node node{*this};
};

constexpr TimePoint kStart{};

TEST_CASE("deadlines come in the order in which they are due, whatever their timeouts") {
  Waiter slow;
  Waiter fast;
  Waiter later;
  Deadlines<Waiter> deadlines;
  CHECK(deadlines.next() == kNever);
  deadlines.set(slow.node, kStart, seconds{10});
  deadlines.set(fast.node, kStart + seconds{1}, seconds{2});
  deadlines.set(later.node, kStart + seconds{2}, seconds{2});
  CHECK(deadlines.next() == kStart + seconds{3});
  CHECK(deadlines.due(kStart + seconds{2}) == nullptr);
  CHECK(deadlines.due(kStart + seconds{3}) == &fast);
  deadlines.clear(fast.node);
  CHECK(deadlines.due(kStart + seconds{3}) == nullptr);
  CHECK(deadlines.due(kStart + seconds{4}) == &later);
  deadlines.clear(later.node);
  CHECK(deadlines.next() == kStart + seconds{10});
  CHECK(deadlines.due(kStart + seconds{10}) == &slow);
  deadlines.clear(slow.node);
  deadlines.clear(slow.node);
  CHECK(deadlines.next() == kNever);
}

TEST_CASE("a deadline set again replaces the earlier one") {
  Waiter waiter;
  Deadlines<Waiter> deadlines;
  deadlines.set(waiter.node, kStart, seconds{1});
  deadlines.set(waiter.node, kStart, seconds{60});
  CHECK(deadlines.due(kStart + seconds{30}) == nullptr);
  CHECK(deadlines.next() == kStart + seconds{60});
}

TEST_CASE("one that is cleared in the middle leaves the others in order") {
  Waiter a;
  Waiter b;
  Waiter c;
  Deadlines<Waiter> deadlines;
  deadlines.set(a.node, kStart, seconds{5});
  deadlines.set(b.node, kStart + seconds{1}, seconds{5});
  deadlines.set(c.node, kStart + seconds{2}, seconds{5});
  deadlines.clear(b.node);
  deadlines.clear(a.node);
  CHECK(deadlines.next() == kStart + seconds{7});
  deadlines.set(a.node, kStart + seconds{3}, seconds{5});
  CHECK(deadlines.due(kStart + seconds{7}) == &c);
}

}  // namespace
}  // namespace cpefleet::transport
