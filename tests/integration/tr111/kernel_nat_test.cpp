// SPDX-License-Identifier: Apache-2.0
// Through the NAT of this machine's kernel, between network namespaces made for it. Passes with a message where those
// may not be made.
#include "integration/tr111/kernel_nat.hpp"

#include <doctest/doctest.h>

#include "integration/tr111/pump.hpp"

namespace cpefleet::tr111::test {
namespace {

using Attempt = StunStep::Attempt;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct World {
  KernelNat nat;
  Responder responder{nat.server_port()};
  Pump pump{nat.device_port(), nat.device_port(), responder.port().local()};
  explicit World(KernelNat made) : nat(std::move(made)) { pump.responder = &responder; }
};

#define MAKE_WORLD_OR_SKIP(world)                    \
  std::string reason;                                \
  auto made = KernelNat::make(reason);               \
  if (!made) {                                       \
    MESSAGE("skipped, not tested here: " << reason); \
    return;                                          \
  }                                                  \
  World world(std::move(*made))

TEST_CASE("behind a kernel's NAT the mapped address is what the server saw [U-3, U-6, U-8, U-9]") {
  MAKE_WORLD_OR_SKIP(world);
  world.pump.start();
  CHECK(world.pump.client.nat_detected());
  REQUIRE(world.responder.seen.size() == 2);
  CHECK(world.pump.client.mapped() == world.responder.seen[0].from);
  CHECK(to_string(world.pump.client.mapped()).starts_with("203.0.113.1:"));
  CHECK(world.responder.seen[1].from == world.responder.seen[0].from);
  CHECK_FALSE(world.responder.seen[0].request.binding_change);
  CHECK(world.responder.seen[1].request.binding_change);
}

TEST_CASE("a binding that a kernel's NAT forgot is found changed, and announced [U-6, U-10]") {
  MAKE_WORLD_OR_SKIP(world);
  world.pump.start();
  const Endpoint before = world.pump.client.mapped();
  world.pump.next();
  CHECK(world.pump.client.mapped() == before);
  CHECK(world.pump.binding_changes == 1);
  // The port is drawn anew, and may once in a while be the same again.
  for (int i = 0; i < 5 && world.pump.client.mapped() == before; ++i) {
    if (!world.nat.forget_bindings()) {
      MESSAGE("skipped, not tested here: this kernel's bindings cannot be deleted");
      return;
    }
    world.pump.next();
  }
  CHECK(world.pump.client.mapped() != before);
  CHECK(world.pump.client.mapped() == world.responder.seen.back().from);
  CHECK(world.pump.binding_changes == 2);
  const auto& seen = world.responder.seen;
  REQUIRE(seen.size() >= 5);
  CHECK_FALSE(seen[seen.size() - 2].request.binding_change);
  CHECK(seen.back().request.binding_change);
  world.pump.next();
  CHECK_FALSE(seen.back().request.binding_change);
}

TEST_CASE("a probe's answer passes a kernel's NAT while the binding lives, and not when it is gone [U-10]") {
  MAKE_WORLD_OR_SKIP(world);
  world.pump.settings.minimum_period = seconds{20};
  world.pump.settings.maximum_period = seconds{-1};
  world.pump.start();
  CHECK(world.pump.client.period(world.pump.settings) == seconds{20});
  world.pump.next();
  CHECK(world.pump.client.period(world.pump.settings) == seconds{40});
  world.pump.next();
  CHECK(world.pump.client.period(world.pump.settings) == seconds{80});
  REQUIRE(world.responder.seen.size() == 6);
  CHECK(world.responder.seen[2].request.response_address == world.pump.client.mapped());
  CHECK(world.responder.seen[2].from != world.pump.client.mapped());
  // Everything longer than 80 s finds the binding gone.
  for (int i = 0; i < 20 && world.pump.client.searching(world.pump.settings); ++i) {
    if (!world.nat.forget_bindings()) {
      MESSAGE("skipped, not tested here: this kernel's bindings cannot be deleted");
      return;
    }
    world.pump.next(milliseconds{20});  // nothing comes, however long one waits
  }
  CHECK_FALSE(world.pump.client.searching(world.pump.settings));
  CHECK(world.pump.client.period(world.pump.settings) == seconds{80});
}

}  // namespace
}  // namespace cpefleet::tr111::test
