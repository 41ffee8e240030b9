// SPDX-License-Identifier: Apache-2.0
#include "device/event_queue.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "cwmp/events.hpp"

using namespace cpefleet;
using namespace cpefleet::device;
using Codes = std::vector<std::string>;

namespace {

Codes take(EventQueue& queue) {
  Codes out;
  for (const auto& event : queue.take())
    out.push_back(event.command_key.empty() ? event.code : event.code + "/" + event.command_key);
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("device.event_queue");

TEST_CASE("a single event appears once however often it happened, an M event once per command [V-3]") {
  EventQueue queue;
  queue.add(SingleEvent::periodic);
  queue.add(SingleEvent::periodic);
  queue.add(cwmp::event::kMReboot, "a");
  queue.add(cwmp::event::kMReboot, "b");
  queue.add(cwmp::event::kMReboot, "b");
  CHECK(take(queue) == Codes{"2 PERIODIC", "M Reboot/a", "M Reboot/b", "M Reboot/b"});
}

TEST_CASE("events go out in ascending order with M and vendor events behind [V-2, V-11, V-9]") {
  EventQueue queue;
  queue.add("X 000B82 MemFull");
  queue.add("X 000B82 MemFull");
  queue.add(SingleEvent::value_change);
  queue.add("1 BOOT");
  CHECK(take(queue) == Codes{"1 BOOT", "4 VALUE CHANGE", "X 000B82 MemFull"});
}

TEST_CASE("undelivered events are repeated with what came since [V-10]") {
  EventQueue queue;
  queue.add(SingleEvent::boot);
  CHECK(take(queue) == Codes{"1 BOOT"});
  queue.add(SingleEvent::periodic);
  queue.failed();
  CHECK(take(queue) == Codes{"1 BOOT", "2 PERIODIC"});
  queue.delivered();
  CHECK(queue.empty());
}

TEST_CASE("what happens during a session waits for the next one [S-14]") {
  EventQueue queue;
  queue.add(SingleEvent::periodic);
  static_cast<void>(queue.take());
  queue.add(SingleEvent::periodic);
  queue.delivered();
  CHECK_FALSE(queue.empty());
  CHECK(take(queue) == Codes{"2 PERIODIC"});
}

TEST_CASE("a connection request is never retried [V-5]") {
  EventQueue queue;
  queue.add(SingleEvent::connection_request);
  queue.add(SingleEvent::periodic);
  static_cast<void>(queue.take());
  queue.failed();
  CHECK(take(queue) == Codes{"2 PERIODIC"});
}

TEST_CASE("a reboot drops 1, 4, 6 and 8 and keeps 0, 2, 3, 7, 10 and M events [V-5]") {
  EventQueue queue;
  for (const auto* code :
       {"0 BOOTSTRAP", "1 BOOT", "2 PERIODIC", "3 SCHEDULED", "4 VALUE CHANGE", "6 CONNECTION REQUEST",
        "7 TRANSFER COMPLETE", "8 DIAGNOSTICS COMPLETE", "10 AUTONOMOUS TRANSFER COMPLETE"})
    queue.add(code);
  queue.add(cwmp::event::kMScheduleInform, "k");
  static_cast<void>(queue.take());
  queue.rebooted();
  CHECK(take(queue) == Codes{"0 BOOTSTRAP", "2 PERIODIC", "3 SCHEDULED", "7 TRANSFER COMPLETE",
                             "10 AUTONOMOUS TRANSFER COMPLETE", "M ScheduleInform/k"});
}

TEST_CASE("0 BOOTSTRAP discards every other undelivered event when it arises [V-6]") {
  EventQueue queue;
  queue.add(SingleEvent::periodic);
  queue.add(cwmp::event::kMReboot, "a");
  queue.bootstrap();
  queue.add(SingleEvent::boot);
  CHECK(take(queue) == Codes{"0 BOOTSTRAP", "1 BOOT"});
}

TEST_CASE("an Inform never carries more than 64 events, the rest follows [V-1]") {
  EventQueue queue;
  queue.add(SingleEvent::boot);
  for (int i = 0; i < 100; ++i) queue.add(cwmp::event::kMReboot, std::to_string(i));
  CHECK(queue.take().size() == 64);
  queue.delivered();
  CHECK(queue.take().size() == 37);
}

TEST_SUITE_END();
