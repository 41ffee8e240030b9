# SPDX-License-Identifier: Apache-2.0
"""A fleet with --state keeps its word over kill -9: what it confirmed to the ACS before is so afterwards [B-1, V-5].

The built-in ACS is the judge (`cpefleet acs --errands`): in every session it reads back what the device confirmed in earlier
ones, and asks for more. CPEFLEET_KILLS says how often the fleet is killed (12), CPEFLEET_KILL_SEED repeats a run's moments
as far as a machine can.
"""
import os
import random
import time

import support
from support import BuiltinAcs, Scratch, finish, start

KILLS = int(os.environ.get("CPEFLEET_KILLS", "12"))
SEED = int(os.environ.get("CPEFLEET_KILL_SEED", random.SystemRandom().randrange(1 << 32)))
PROFILES = ("gxp2170", "ht802", "dp750")
DEVICES = 36
CALM = 15  # seconds: longer than a ScheduleInform can be late before the ACS complains


class Acs(BuiltinAcs):
    def __init__(self, test, delay="10ms"):
        # The delay keeps sessions open, so that a kill meets some of them.
        super().__init__(test, "--errands", "--delay", delay)


class Fleet(Scratch):
    def setUp(self):
        super().setUp()
        for name in PROFILES:
            (self.directory / f"quick-{name}.yaml").write_text(
                f"version: 1\nprofile: quick-{name}\nextends: {name}\nboot_time: 1s\n")
        self.moments = random.Random(SEED)

    rate = 80  # sessions a second
    more = ""  # of a group

    def fleet(self, seconds):
        groups = "".join(f"  - {{ group: {name}, profile: ./quick-{name}.yaml, count: {DEVICES // len(PROFILES)}{self.more} }}\n"
                         for name in PROFILES)
        return self.scenario(f"""
fleet:
{groups}phases:
  - {{ name: boot, do: boot, arrivals: {{ once: {{ rate: 300/s }} }} }}
  - {{ name: steady, do: periodic, arrivals: {{ constant: {self.rate}/s }}, for: {seconds}s }}
  - {{ name: settle, until: {{ metric: backlog, eq: 0 }}, max: 30s }}
""", f"fleet-{seconds}.yaml")

    def killed_runs(self, acs, moments, *flags):
        scenario = self.fleet(600)
        patience = 4 if support.sanitized else 1
        for n, wait in enumerate(moments, 1):
            run = start("run", scenario, "--acs", acs.url, "--quiet", *flags)
            time.sleep(wait * patience)
            ended = run.poll()
            run.kill()
            got = finish(run)
            self.assertIsNone(ended, f"run {n} ended by itself\n{got}")

    def calm_run(self, acs, *flags):
        got = finish(start("run", self.fleet(CALM), "--acs", acs.url, "--quiet", *flags), timeout=150)
        self.assertIn(got.code, (0, 98), got)  # 98: a machine with other things to do

    def verdict(self, acs):
        totals, got = acs.end()
        said = f"CPEFLEET_KILL_SEED={SEED} CPEFLEET_KILLS={KILLS}\n{got}"
        self.assertIn("broken promises", totals, said)
        self.assertEqual(totals["devices"], DEVICES, said)
        self.assertEqual(totals["bad requests"], 0, said)
        self.assertEqual(got.code, 1 if totals["broken promises"] else 0, said)
        return totals, got, said


class Kill(Fleet):
    def test_no_promise_is_broken_by_killing_a_fleet_that_keeps_its_state(self):
        acs = Acs(self)
        state = ("--state", self.directory / "fleet.db")
        # Four of ten meet the start: loading, opening the file, the first contacts.
        spans = [(0.02, 0.4) if n % 10 < 4 else (0.2, 2.5) for n in range(KILLS)]
        self.killed_runs(acs, [self.moments.uniform(*span) for span in spans], *state)
        self.calm_run(acs, *state)
        totals, got, said = self.verdict(acs)
        self.assertGreater(totals["promises"], 300, said)
        self.assertGreater(totals["broken"], 0, "no kill met a session\n" + said)
        self.assertGreater(totals["transfers done"], 30, said)
        self.assertEqual(totals["transfers failed"], 0, said)
        self.assertEqual(totals["broken promises"], 0, said)
        if KILLS > 50:
            print(f"\n{KILLS} kills, seed {SEED}: {got.out.strip()}")


class KillTransfers(Fleet):
    rate = 25  # devices have to be between sessions to fetch something

    def test_a_download_that_was_confirmed_is_carried_out_and_told_of_whatever_the_kill_met(self):
        # A tenth of the errands are Downloads: due at once, in 1 or 2 s, and then up to 400 ms under way. Sessions are slow,
        # so that some have confirmed one and gone no further when the kill comes.
        acs = Acs(self, "60ms")
        state = ("--state", self.directory / "fleet.db")
        self.killed_runs(acs, [self.moments.uniform(1, 2.5) for _ in range(max(KILLS * 2 // 3, 1))], *state)
        self.calm_run(acs, *state)
        totals, _, said = self.verdict(acs)
        self.assertGreater(totals["transfers done"], 30, said)
        self.assertEqual(totals["transfers failed"], 0, said)
        self.assertGreater(totals["broken"], 0, "no kill met a session\n" + said)
        self.assertEqual(totals["broken promises"], 0, said)


class KillFirmware(Fleet):
    def test_an_image_is_fetched_written_and_told_of_whatever_the_kill_met(self):
        # Each device is asked for one file once: 2 s on its way, 2 s written, 1 s of a boot. A kill meets all of it.
        acs = BuiltinAcs(self, "--download", "firmware:9.9.9.9:2MB", "--delay", "30ms")
        state = ("--state", self.directory / "fleet.db")
        self.more = ", transfers: { flash_time: 2s, speed: 1MB/s }"
        self.killed_runs(acs, [self.moments.uniform(0.5, 3.5) for _ in range(max(KILLS * 2 // 3, 1))], *state)
        self.calm_run(acs, *state)
        totals, got = acs.end()
        said = f"CPEFLEET_KILL_SEED={SEED} CPEFLEET_KILLS={KILLS}\n{got}"
        self.assertEqual(totals["transfers done"], DEVICES, said)
        self.assertEqual(totals["transfers asked"], DEVICES + totals["transfers dropped"], said)
        self.assertEqual((totals["transfers failed"], totals["transfers refused"], totals["transfers owed"]), (0, 0, 0), said)
        self.assertGreater(totals["files fetched"], 0, said)


class KillForgetful(Fleet):
    def test_a_fleet_without_state_breaks_its_promises(self):
        acs = Acs(self)
        self.killed_runs(acs, [self.moments.uniform(1.5, 3) for _ in range(3)])
        totals, _, said = self.verdict(acs)
        self.assertGreater(totals["broken promises"], 0, said)
        self.assertIn("broken promise: 000B82-", said)

    def test_nobody_breaks_a_promise_who_is_not_killed(self):
        acs = Acs(self)
        self.calm_run(acs)
        totals, _, said = self.verdict(acs)
        self.assertGreater(totals["promises"], 300, said)
        self.assertEqual(totals["broken promises"], 0, said)


if __name__ == "__main__":
    support.main()
