// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scenario_world.hpp"

using namespace cpefleet;
using namespace cpefleet::scenario;
using namespace std::chrono_literals;

namespace {

Loaded phase(const std::string& text) { return Loaded(with_phases("  - { name: p, " + text + " }\n")); }

constexpr std::string_view kOnce = "arrivals: { once: { rate: 10/s } }";
std::string once(const std::string& rest) { return rest + ", " + std::string(kOnce); }

}  // namespace

TEST_SUITE("scenario.phases") {
  TEST_CASE("select is all, one group or several") {
    const auto groups = [](const std::string& text) { return phase(once(text)).plan->phases[0].groups; };
    CHECK(groups("do: boot") == std::vector<std::uint32_t>{0, 1});
    CHECK(groups("do: boot, select: all") == std::vector<std::uint32_t>{0, 1});
    CHECK(groups("do: boot, select: atas") == std::vector<std::uint32_t>{1});
    CHECK(groups("do: boot, select: [atas, desks, atas]") == std::vector<std::uint32_t>{0, 1});
    CHECK(phase(once("do: boot, select: desk")).says("no group `desk` (did you mean \"desks\"?)", 6));
    CHECK(phase(once("do: boot, select: []")).says("selects no group", 6));
    CHECK(phase(once("do: boot, select: { a: b }")).says("must be a text or a list", 6));
  }

  TEST_CASE("do is a word or an event") {
    CHECK(phase(once("do: boot")).plan->phases[0].doing.what == Doing::What::boot);
    const Loaded event = phase(once("do: { event: \"X 000B82 Registered\" }"));
    REQUIRE_MESSAGE(event.plan, event.text());
    CHECK(event.plan->phases[0].doing.what == Doing::What::event);
    CHECK(event.plan->phases[0].doing.event == "X 000B82 Registered");
    CHECK(phase(once("do: { event: 4 VALUE CHANGE }")).plan);
    for (const std::string wrong : {"0 BOOTSTRAP", "X Registered", "X 000B8Z x", "X 000B82 ", "X 000B82", "hello"}) {
      CAPTURE(wrong);
      CHECK(phase(once("do: { event: \"" + wrong + "\" }")).says("a vendor's event", 6));
    }
    CHECK(phase(once("do: { evnt: x }")).says("no key `evnt`", 6));
    CHECK(phase(once("do: [boot]")).says("must be a text", 6));
  }

  TEST_CASE("do may set a value of the device, which every model of the selection must have") {
    const Loaded set = phase(once("do: { set: { Device.ManagementServer.PeriodicInformEnable: true } }"));
    REQUIRE_MESSAGE(set.plan, set.text());
    const auto& doing = set.plan->phases[0].doing;
    CHECK(doing.what == Doing::What::set);
    CHECK(doing.path == "Device.ManagementServer.PeriodicInformEnable");
    CHECK(doing.value == "1");  // as a device stores it
    CHECK(phase(once("do: { set: { Device.Nonsense: 1 } }")).says("has no parameter \"Device.Nonsense\"", 6));
    CHECK(phase(once("do: { set: { Device.ManagementServer.PeriodicInformEnable: maybe } }")).says("no boolean", 6));
    CHECK(phase(once("do: { set: { \"Device.Services.VoiceService.{i}.X\": 1 } }")).says("name the row", 6));
    CHECK(phase(once("do: { set: { a: 1, b: 2 } }")).says("one parameter", 6));
    CHECK(phase(once("do: { set: x }")).says("one parameter", 6));
  }

  TEST_CASE("do may start and end calls") {
    const Loaded call =
        phase(once("do: { call: start, incoming: true, line: 2, ringing: 5s, length: 20s, answered: false }"));
    REQUIRE_MESSAGE(call.plan, call.text());
    const auto& doing = call.plan->phases[0].doing;
    CHECK(doing.what == Doing::What::call);
    CHECK(doing.call.incoming);
    CHECK(doing.call.line == 2);
    CHECK(doing.call.ringing == std::chrono::seconds{5});
    CHECK(doing.call.length == std::chrono::seconds{20});
    CHECK(!doing.call.answered);
    CHECK(phase(once("do: { call: end }")).plan->phases[0].doing.what == Doing::What::hang_up);
    CHECK(phase(once("do: { call: end, line: 1 }")).says("belongs to `call: start`", 6));
    CHECK(phase(once("do: { call: begin }")).says("start", 6));
    CHECK(phase(once("do: { call: start, event: \"X 000B82 x\" }")).says("one of `event`, `set`, `call`", 6));
    CHECK(phase(once("do: { line: 1 }")).says("one of `event`, `set`, `call`", 6));
  }

  TEST_CASE("what does not fit together is refused") {
    CHECK(phase("do: boot").says("needs `arrivals`", 6));
    CHECK(phase(once("for: 1m")).says("there is no `do`", 6));
    CHECK(phase(once("do: offline, for: 1m")).says("off-line has none", 6));
    CHECK(phase("do: offline").says("for how long", 6));
    CHECK(phase("do: boot, arrivals: { constant: 5/s }").says("for ever", 6));
    CHECK(phase("measured: false").says("needs `for` or `until`", 6));
    CHECK(phase("for: 0s").says("longer than 0", 6));
    CHECK(phase("for: 1m, max: 2m").says("there is no `until`", 6));
    CHECK(phase("until: { metric: backlog, lt: 1% }").says("needs `max`", 6));
    CHECK(phase("until: { metric: backlog, lt: 1% }, max: 1m, for: 1m").says("instead of `for`", 6));
    CHECK(phase("at: 5m, with: p, for: 1m").says("instead of `at`", 6));
  }

  TEST_CASE("one mistake does not make another") {
    CHECK(phase("do: bot, arrivals: { constant: 5/s }, for: 1m").diagnostics.size() == 1);
    CHECK(phase("do: boot, arrivals: { constant: 5 }, for: 1m").diagnostics.size() == 1);
    CHECK(phase("do: boot, arrivals: { constant: 5/s }, for: soon").diagnostics.size() == 1);
    CHECK(phase("until: { metric: backlog, lt: some }, max: 1m").diagnostics.size() == 1);
  }

  TEST_CASE("until waits for a gauge by count or share") {
    const Loaded count = phase("until: { metric: in_flight, le: 5 }, max: 1m");
    REQUIRE_MESSAGE(count.plan, count.text());
    CHECK(count.plan->phases[0].until->condition.stat == metrics::Condition::Stat::count);
    CHECK(count.plan->phases[0].until->condition.op == metrics::Condition::Op::le);
    CHECK(count.plan->phases[0].until->condition.bound == doctest::Approx(5));
    CHECK(phase("until: { metric: backlogs, lt: 1% }, max: 1m").says("did you mean \"backlog\"", 6));
    CHECK(phase("until: { metric: sessions_done, lt: 1% }, max: 1m").says("nothing to wait for", 6));
    CHECK(phase("until: { metric: backlog }, max: 1m").says("exactly one of", 6));
    CHECK(phase("until: { metric: backlog, lt: 1%, gt: 2% }, max: 1m").says("exactly one of", 6));
    CHECK(phase("until: { metric: backlog, below: 1% }, max: 1m").says("no key `below`", 6));
  }

  TEST_CASE("with names an earlier phase") {
    const Loaded loaded(with_phases("  - { name: a, for: 1m }\n  - { name: b, for: 1m, with: a }\n"));
    REQUIRE_MESSAGE(loaded.plan, loaded.text());
    CHECK(loaded.plan->phases[1].with == 0u);
    CHECK(Loaded(with_phases("  - { name: a, for: 1m, with: b }\n  - { name: b, for: 1m }\n"))
              .says("`b` is a later phase, this one could never start", 6));
    CHECK(Loaded(with_phases("  - { name: a, for: 1m, with: a }\n")).says("together with itself", 6));
    CHECK(Loaded(with_phases("  - { name: steady, for: 1m }\n  - { name: b, for: 1m, with: stedy }\n"))
              .says("no phase `stedy` (did you mean \"steady\"?)", 7));
  }

  TEST_CASE("names are needed and used once") {
    CHECK(Loaded(with_phases("  - { for: 1m }\n")).says("needs `name`", 6));
    CHECK(Loaded(with_phases("  - { name: a, for: 1m }\n  - { name: a, for: 1m }\n")).says("a phase `a` already", 7));
    CHECK(Loaded(with_phases("  - { name: a b, for: 1m }\n")).says("a name is made of", 6));
    CHECK(Loaded(with_phases("  - { name: a, fro: 1m }\n")).says("no key `fro` (did you mean \"for\"?)", 6, 16));
  }

  TEST_CASE("what may surprise is a warning, not a mistake") {
    CHECK(phase("do: boot, arrivals: { constant: 10/s }, for: 1m").warns("plans 600 starts for 150 devices"));
    CHECK_FALSE(phase("do: boot, arrivals: { constant: 1/s }, for: 1m").warns("plans"));
    CHECK(phase("do: boot, arrivals: { spike: { over: 1ms } }").warns("plans up to 150,000 starts a second"));
    CHECK(phase("do: boot, arrivals: { spike: { over: 20ms, shape: bell } }").warns("plans up to 15,000 starts"));
    CHECK(phase("do: boot, arrivals: { once: { rate: 1/s } }, for: 1m")
              .warns("ends before every device had its turn: 60 of 150"));
    CHECK(phase(once("do: periodic")).warns("its sessions are bootstraps"));
    CHECK(phase(once("do: boot, select: desks")).warns("no phase starts sessions of group atas"));
    CHECK(phase(once("do: boot")).plan->warnings.empty());
  }
}
