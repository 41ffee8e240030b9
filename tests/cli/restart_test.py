# SPDX-License-Identifier: Apache-2.0
"""An ACS that is away for a while loses no device: retries go on, and RetryCount tells how often they failed [R-1, R-4]."""
import threading
import time

import support
from support import Acs, Scratch, finish, free_port, start

DEVICES = 20
BOOT = f"""
fleet:
  - {{ group: desks, profile: gxp2170, count: {DEVICES} }}
phases:
  - {{ name: boot, do: boot, arrivals: {{ once: {{ rate: 200/s }} }} }}
  - {{ name: settle, until: {{ metric: backlog, eq: 0 }}, max: 40s }}
"""
STEADY = f"""
fleet:
  - {{ group: desks, profile: gxp2170, count: {DEVICES}, start: known }}
phases:
  - {{ name: steady, do: periodic, arrivals: {{ constant: 40/s }}, for: 13s }}
  - {{ name: settle, until: {{ metric: backlog, eq: 0 }}, max: 15s }}
"""


def by_device(informs):
    out = {}
    for inform in informs:
        out.setdefault(inform.serial, []).append(inform)
    return out


class LateAcs(Scratch):
    def serve_late(self, after):
        """Everybody boots into a closed port; the ACS comes `after` seconds later. Its informs by device."""
        acs = Acs(port=free_port())
        run = start("run", self.scenario(BOOT), "--acs", acs.url, "--drain", "25s", "--json",
                    self.directory / "results.json")
        self.addCleanup(acs.stop)
        for line in run.stderr:  # progress
            if f" {DEVICES} failed" in line:
                break
        acs.origin = time.monotonic()
        threading.Timer(after, acs.start).start()
        got = finish(run, 90)
        self.assertIn(got.code, (0, 98), got)  # 98: a machine with other things to do
        results = self.results()
        results.check_sums(self)
        devices = by_device(acs.informs)
        self.assertEqual(len(devices), DEVICES, "every device was served in the end")
        self.assertEqual(results.total("sessions_done"), DEVICES)
        self.assertEqual(results.total("sessions_failed"), results.total("retries"))
        self.assertEqual(set(results.by("sessions_failed", "cause")), {"connect_refused"})
        for informs in devices.values():
            self.assertEqual(len(informs), 1)
            self.assertEqual(informs[0].events, ["0 BOOTSTRAP", "1 BOOT"], "nothing of what was to be told is lost")
        self.assertEqual(sum(i[0].retry_count for i in devices.values()), results.total("sessions_failed"))
        return [i[0] for i in devices.values()]


class DownAtTheStart(LateAcs):
    def test_a_retry_after_one_failure_says_one(self):
        for inform in self.serve_late(after=1):
            self.assertEqual(inform.retry_count, 1)
            self.assertGreater(inform.at, 2.9)   # the first wait is 5 to 10 s, and progress is told once a second


class DownForLonger(LateAcs):
    def test_a_retry_after_two_failures_says_two(self):
        counts = set()
        for inform in self.serve_late(after=6):
            counts.add(inform.retry_count)
            # The second wait is 10 to 20 s behind a first one of 5 to 7 s.
            self.assertEqual(inform.retry_count, 2 if inform.at > 12 else 1)
        self.assertEqual(counts, {1, 2})


class Restart(Scratch):
    def test_an_acs_that_is_killed_and_comes_back_loses_no_device(self):
        acs = Acs()
        acs.start()
        self.addCleanup(acs.stop)
        run = start("run", self.scenario(STEADY), "--acs", acs.url, "--json", self.directory / "results.json")
        self.assertTrue(acs.contacted.wait(20))
        time.sleep(1)
        acs.stop()
        killed = time.monotonic() - acs.origin
        time.sleep(1)
        acs.start()
        got = finish(run, 90)
        self.assertIn(got.code, (0, 98), got)  # 98: a machine with other things to do
        results = self.results()
        results.check_sums(self)
        self.assertGreater(results.total("sessions_failed"), DEVICES / 2)
        self.assertGreater(results.total("sessions_merged"), 0)
        self.assertLessEqual(set(results.by("sessions_failed", "cause")),
                             {"connect_refused", "cut_after_send", "reset", "truncated_reply"})
        devices = by_device(acs.informs)
        self.assertEqual(len(devices), DEVICES)
        for serial, informs in devices.items():
            with self.subTest(serial):
                after = [i.retry_count for i in informs if i.at > killed]
                self.assertGreater(len(after), 1, "it informs again, and again")
                self.assertEqual(after[-1], 0)
                # After a success the count is 0, after a failure it is not.
                self.assertEqual([n for n in after[1:] if n], [])
        self.assertEqual(sum(1 for i in acs.informs if i.retry_count > 0), results.total("retries"))


if __name__ == "__main__":
    support.main()
