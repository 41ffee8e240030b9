// SPDX-License-Identifier: Apache-2.0
#include "acs/ledger.hpp"

#include <doctest/doctest.h>

using namespace cpefleet;
using namespace cpefleet::acs;
using Kind = Errand::Kind;

namespace {

constexpr TimePoint at(int seconds) { return TimePoint{std::chrono::seconds{seconds}}; }

InformSummary inform(std::vector<std::pair<std::string, std::string>> commands = {}) {
  InformSummary out;
  out.commands = std::move(commands);
  out.boot = true;
  return out;
}

InformSummary bootstrap() {
  InformSummary out;
  out.bootstrap = out.boot = true;
  return out;
}

Errand keyed(Kind kind, std::string key, int delay = 0) {
  Errand out;
  out.kind = kind;
  out.key = std::move(key);
  out.delay = std::chrono::seconds{delay};
  return out;
}

struct Fixture {
  Fixture() { ledger.bootstrapped({"Device.", {}, "Device.T."}, 0); }
  void done(Errand errand, int now = 0, std::uint64_t instance = 0) {
    ledger.ask(std::move(errand));
    ledger.confirmed(instance, at(now));
  }
  Totals totals;
  Ledger ledger{"device", totals};
};

Errand set(std::string value) {
  Errand out;
  out.values = {{"A", std::move(value)}};
  return out;
}

Reading reads(std::string value) {
  Reading out;
  out.values = {{"A", std::move(value)}};
  return out;
}

Reading rows(std::set<std::uint64_t> found) {
  Reading out;
  out.rows = std::move(found);
  return out;
}

}  // namespace

TEST_CASE("a promise is counted when it is first looked at, and only then") {
  Fixture f;
  f.done(set("1"));
  CHECK(f.totals.promises == 0);
  CHECK(f.ledger.values_to_read() == std::vector<std::string>{"A"});
  f.ledger.check(reads("1"));
  f.ledger.check(reads("1"));
  CHECK(f.totals.promises == 1);
  CHECK(f.totals.broken_promises == 0);
}

TEST_CASE("a promise that is broken is counted once, and what was found counts from then on") {
  Fixture f;
  f.done(set("1"));
  f.ledger.check(reads("0"));
  f.ledger.check(reads("0"));
  CHECK(f.totals.broken_promises == 1);
  CHECK(f.totals.broken == std::vector<std::string>{R"(device: A = "1" was confirmed, but it reads "0")"});
  f.ledger.check({});
  CHECK(f.totals.broken.back() == R"(device: A = "0" was confirmed, but it is not told)");
}

TEST_CASE("what a reading shows of a request without an answer holds from then on") {
  Fixture f;
  f.done(set("1"));
  f.ledger.check(reads("1"));
  f.ledger.ask(set("2"));
  f.ledger.check(reads("2"));
  CHECK(f.totals.broken_promises == 0);
  f.ledger.check(reads("1"));
  CHECK(f.totals.broken_promises == 1);
}

TEST_CASE("neither the old nor the new value is a broken promise, also without an answer") {
  Fixture f;
  f.done(set("1"));
  f.ledger.ask(set("2"));
  f.ledger.check(reads("3"));
  CHECK(f.totals.broken_promises == 1);
}

TEST_CASE("a request that was refused changes nothing") {
  Fixture f;
  f.done(set("1"));
  f.ledger.ask(set("2"));
  f.ledger.refused();
  f.ledger.check(reads("2"));
  CHECK(f.totals.broken_promises == 1);
}

TEST_CASE("rows: what is there at first is not a promise, but must stay") {
  Fixture f;
  f.ledger.check(rows({1, 2}));
  CHECK(f.totals.promises == 0);
  CHECK_FALSE(f.ledger.has_room());
  f.ledger.check(rows({1}));
  CHECK(f.totals.broken == std::vector<std::string>{"device: Device.T.2. was there, but it is gone"});
}

TEST_CASE("rows: nobody asked for this one") {
  Fixture f;
  f.ledger.check(rows({1}));
  f.ledger.check(rows({1, 7}));
  CHECK(f.totals.broken == std::vector<std::string>{"device: nobody asked for it, but there is Device.T.7."});
}

TEST_CASE("rows: without an answer the row may be there or not, then it is settled") {
  Errand remove = keyed(Kind::delete_row, "k");
  remove.row = 2;
  for (const bool removed : {false, true}) {
    for (const bool added : {false, true}) {
      Fixture f;
      f.ledger.check(rows({1, 2}));
      f.ledger.ask(remove);
      std::set<std::uint64_t> now = removed ? std::set<std::uint64_t>{1} : std::set<std::uint64_t>{1, 2};
      f.ledger.check(rows(now));
      CHECK(f.ledger.has_room() == removed);
      f.ledger.ask(keyed(Kind::add_row, "l"));
      if (added) now.insert(3);
      f.ledger.check(rows(now));
      CHECK(f.totals.broken_promises == 0);
      if (added) now.erase(3);
      if (!added) now.insert(3);
      f.ledger.check(rows(now));
      CHECK(f.totals.broken_promises == 1);
    }
  }
}

TEST_CASE("rows: an instance that the bootstrap added and deleted is not given again") {
  Fixture f;
  f.ledger.bootstrapped({}, 3);
  f.done(keyed(Kind::add_row, "k"), 0, 3);
  CHECK(f.totals.broken_promises == 1);
}

TEST_CASE("M Reboot must be in the next Inform, with its key") {
  for (const auto& [events, broken] :
       {std::pair{inform({{"M Reboot", "k"}}), 0u}, std::pair{inform({{"M Reboot", "l"}}), 1u},
        std::pair{inform({{"M ScheduleInform", "k"}}), 1u}, std::pair{inform(), 1u}}) {
    Fixture f;
    f.done(keyed(Kind::reboot, "k"));
    f.ledger.informed(events, at(1));
    f.ledger.informed(inform(), at(2));
    CHECK(f.totals.promises == 1);
    CHECK(f.totals.broken_promises == broken);
  }
}

TEST_CASE("a Reboot without an answer may be told or not") {
  for (const auto& events : {inform({{"M Reboot", "k"}}), inform()}) {
    Fixture f;
    f.ledger.ask(keyed(Kind::reboot, "k"));
    f.ledger.informed(events, at(1));
    CHECK(f.totals.broken_promises == 0);
  }
}

TEST_CASE("an Inform that was scheduled has five seconds, and an Inform that is late may still bring it") {
  Fixture f;
  f.done(keyed(Kind::schedule_inform, "k", 3), 10);
  f.ledger.informed(inform(), at(18));
  CHECK(f.totals.promises == 0);
  f.ledger.informed(inform({{"M ScheduleInform", "k"}}), at(1000));
  f.ledger.informed(inform({{"M ScheduleInform", "k"}}), at(1001));  // at least once
  CHECK(f.totals.promises == 1);
  CHECK(f.totals.broken_promises == 0);

  f.done(keyed(Kind::schedule_inform, "l", 3), 1010);
  f.ledger.informed(inform({{"M ScheduleInform", "k"}}), at(1019));
  CHECK(f.totals.promises == 2);
  CHECK(f.totals.broken ==
        std::vector<std::string>{
            "device: ScheduleInform l was confirmed, but 6 s after it was due no Inform has told it"});
}

TEST_CASE("a reboot keeps scheduled Informs, a factory reset and 0 BOOTSTRAP drop all that was promised") {
  for (const bool reset : {false, true}) {
    Fixture f;
    f.done(keyed(Kind::schedule_inform, "s", 1));
    f.done(set("1"));
    if (reset) {
      f.done(keyed(Kind::factory_reset, ""));
      f.ledger.informed(bootstrap(), at(20));
      CHECK(f.totals.promises == 1);
      CHECK(f.ledger.values_to_read().empty());
    } else {
      f.done(keyed(Kind::reboot, "k"));
      f.ledger.informed(inform({{"M Reboot", "k"}}), at(5));
    }
    f.ledger.informed(inform(), at(30));
    CHECK(f.totals.broken_promises == (reset ? 0 : 1));
  }
}

TEST_CASE("0 BOOTSTRAP may come again as long as the device confirmed nothing since") {
  Fixture f;
  f.done(keyed(Kind::factory_reset, ""));
  f.ledger.informed(bootstrap(), at(1));
  f.ledger.informed(bootstrap(), at(2));
  CHECK(f.totals.broken_promises == 0);
  f.ledger.bootstrapped({}, 0);
  f.ledger.informed(bootstrap(), at(3));
  CHECK(f.totals.broken_promises == 1);
}

TEST_CASE("a FactoryReset without an answer: 0 BOOTSTRAP, or everything as it was") {
  for (const bool done : {false, true}) {
    Fixture f;
    f.done(set("1"));
    f.ledger.ask(keyed(Kind::factory_reset, ""));
    f.ledger.informed(done ? bootstrap() : inform(), at(1));
    CHECK(f.totals.broken_promises == 0);
    if (done) continue;
    f.ledger.check(reads("0"));
    CHECK(f.totals.broken_promises == 1);
    f.ledger.informed(bootstrap(), at(2));
    CHECK(f.totals.broken_promises == 2);
  }
}

TEST_CASE("what only a reading confirmed is no promise of a response, and is not counted as one") {
  Fixture f;
  f.ledger.ask(set("1"));
  f.ledger.check(reads("1"));
  f.ledger.check(reads("1"));
  CHECK(f.totals.promises == 0);
}

TEST_CASE("rows: one AddObject without an answer adds one row at most") {
  Fixture f;
  f.ledger.check(rows({1}));
  f.ledger.ask(keyed(Kind::add_row, "k"));
  f.ledger.check(rows({1, 2, 3}));
  CHECK(f.totals.broken_promises == 1);
}

TEST_CASE("rows: an instance number given twice is told once") {
  Fixture f;
  f.ledger.check(rows({1, 2}));
  Errand remove = keyed(Kind::delete_row, "k");
  remove.row = 2;
  f.done(remove);
  f.done(keyed(Kind::add_row, "l"), 0, 2);
  f.ledger.check(rows({1, 2}));
  CHECK(f.totals.broken_promises == 1);
}
