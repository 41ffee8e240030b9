# SPDX-License-Identifier: Apache-2.0
"""Whole runs over loopback: what they count, how they end, whom they refuse to call."""
import asyncio
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time
import unittest

import support
from support import Acs, Results, Scratch, call, finish, start

SMALL = """
fleet:
  - { group: desks, profile: gxp2170, count: 12 }
  - { group: atas, profile: ht802, count: 8 }
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 100/s } } }
  - { name: steady, do: periodic, arrivals: { constant: 30/s }, for: 1s }
thresholds:
  - { metric: sessions_failed, that: "count == 0" }
  - { metric: sessions_done, that: "share > 99%" }
"""
# Goes on until somebody stops it.
LONG = """
fleet:
  - { group: desks, profile: gxp2170, count: 10, start: known }
phases:
  - { name: steady, do: periodic, arrivals: { constant: 20/s }, for: 10m }
"""


class Run(Scratch):
    def test_the_fleets_numbers_are_those_of_the_builtin_acs(self):
        got = call("run", self.scenario(SMALL), "--json", self.directory / "results.json")
        self.check_code(got, 0)
        self.assertTrue("PASSED" in got.out or got.code == 98, got.out)
        results = self.results()
        results.check_sums(self)
        acs = results.data["acs_totals"]
        self.assertEqual(results.total("sessions_planned"), 50)
        self.assertEqual(acs["devices"], 20)
        self.assertEqual(acs["sessions"], results.total("sessions_done"))
        self.assertEqual(acs["informs answered"], results.count("cpe_rpcs", rpc="Inform"))
        for nothing in ("broken", "refused", "faulted", "bad requests"):
            self.assertEqual(acs[nothing], 0, nothing)
        self.assertEqual(results.data["verdict"]["exit_code"], 0)
        self.assertEqual(results.by("sessions_planned", "phase"), {"boot": 20, "steady": 30})

    def test_as_many_sessions_with_several_threads(self):
        got = call("run", self.scenario(SMALL), "--threads", "3", "--json", self.directory / "results.json")
        self.check_code(got, 0)
        results = self.results()
        results.check_sums(self)
        self.assertEqual(results.by("sessions_planned", "phase"), {"boot": 20, "steady": 30})
        self.assertEqual(results.data["acs_totals"]["sessions"], results.total("sessions_done"))

    def test_no_file_needed(self):
        got = call("run", "--profile", "gxp2170", "--count", "5", "--rate", "20/s", "--duration", "1s", "--json",
                   self.directory / "results.json")
        self.check_code(got, 0)
        self.assertEqual(self.results().data["acs_totals"]["devices"], 5)

    def test_a_run_without_thresholds_says_that_nothing_was_judged(self):
        got = call("run", "--profile", "gxp2170", "--acs", f"http://127.0.0.1:{support.free_port()}/", "--drain", "0s")
        self.check_code(got, 0)
        self.assertIn("PASSED (no thresholds: nothing was judged)", got.out)
        self.assertIn("not one session was done, of 1 attempted", got.out)

    def test_out_holds_results_and_summary(self):
        got = call("run", self.scenario(SMALL), "--out", self.directory / "new" / "place", "--quiet")
        self.check_code(got, 0)
        self.assertEqual((self.directory / "new/place/summary.txt").read_text(), got.out)
        Results(json.loads((self.directory / "new/place/results.json").read_text())).check_sums(self)

    def test_results_on_stdout_and_progress_on_stderr(self):
        live = r"(?m)^\S+ steady .* started, "
        got = call("run", self.scenario(SMALL))
        self.assertNotIn("PASSED", got.err)
        self.assertTrue("PASSED" in got.out or got.code == 98, got.out)
        self.assertRegex(got.err, live)
        self.assertNotRegex(call("run", self.scenario(SMALL), "--quiet").err, live)

    def test_an_acs_of_its_own_sees_the_same(self):
        acs = start("acs", "--listen", "127.0.0.1:0", "--digest", "--username", "someone", "--password", "good secret")
        try:
            url = re.search(r"http://\S+", acs.stderr.readline())[0]
            got = call("run", self.scenario(SMALL), "--acs", url, "--acs-username", "someone", "--json",
                       self.directory / "results.json", CPEFLEET_ACS_PASSWORD="good secret")
        finally:
            acs.send_signal(signal.SIGINT)
            seen = finish(acs, 20)
        self.check_code(got, 0)
        self.assertEqual(seen.code, 0, seen)
        counts = {k: int(v) for k, v in re.findall(r"([a-z ]+) (\d+)", seen.out)}
        results = self.results()
        results.check_sums(self)
        self.assertEqual(results.total("sessions_planned"), 50)
        # 50, but on a slow machine: a periodic session that comes due in its device's bootstrap is merged into another.
        done = results.total("sessions_done")
        self.assertEqual(done, results.total("attempts"))
        self.assertGreaterEqual(done, 20)
        self.assertEqual((counts["devices"], counts[" sessions"], counts[" broken"]), (20, done, 0), seen)
        self.assertNotIn("good secret", got.out + got.err + (self.directory / "results.json").read_text())

    def test_a_wrong_password_fails_as_unauthorized_and_shows_nowhere(self):
        acs = start("acs", "--listen", "127.0.0.1:0", "--digest", "--username", "someone", "--password", "good secret")
        try:
            url = re.search(r"http://\S+", acs.stderr.readline())[0]
            got = call("run", self.scenario(SMALL), "--acs", url, "--acs-username", "someone", "--drain", "1s", "--json",
                       self.directory / "results.json", CPEFLEET_ACS_PASSWORD="wrong secret")
        finally:
            acs.send_signal(signal.SIGINT)
            finish(acs, 20)
        self.check_code(got, 99)
        self.assertEqual(set(self.results().by("sessions_failed", "cause")), {"unauthorized"})
        self.assertNotIn("wrong secret", got.out + got.err + (self.directory / "results.json").read_text())


class Verdict(Scratch):
    def test_a_failed_threshold(self):
        path = self.scenario(SMALL + '  - { metric: session_duration, that: "p50 < 1us" }\n')
        got = call("run", path, "--json", self.directory / "results.json")
        self.check_code(got, 99)
        self.assertEqual([t["passed"] for t in self.results().data["thresholds"]], [True, True, False])
        self.assertRegex(got.out, r"✗ session_duration p50 < 1us +\S+")

    def test_a_threshold_aborts(self):
        path = self.scenario(LONG + 'thresholds:\n  - { metric: session_duration, that: [{ is: "p50 < 1us", abort: true, '
                             'after: 1s }] }\n')
        got = call("run", path, "--json", self.directory / "results.json")
        self.check_code(got, 97)
        results = self.results()
        results.check_sums(self)
        self.assertEqual(results.data["verdict"]["exit_codes"], [97, 99])

    def test_results_that_cannot_be_written(self):
        for place in (self.directory, "/dev/full", "/proc/nowhere/results.json"):
            with self.subTest(str(place)):
                got = call("run", self.scenario(SMALL), "--json", place)
                self.check_code(got, 106)
                self.assertIn("could not be written", got.err)
                self.assertIn("LATENCY", got.out)  # what is known is shown all the same

    def test_an_interrupt_ends_with_a_report(self):
        with Acs() as acs:
            run = start("run", self.scenario(LONG), "--acs", acs.url, "--json", self.directory / "results.json")
            self.assertTrue(acs.contacted.wait(20))
            run.send_signal(signal.SIGINT)
            got = finish(run, 20)
        self.check_code(got, 105)
        self.assertIn("interrupted: waiting up to 30s for what is under way; ^C again ends at once", got.err)
        results = self.results()
        results.check_sums(self)
        self.assertEqual(results.data["verdict"]["exit_codes"], [105])
        self.assertEqual(results.total("sessions_failed"), 0)
        self.assertIn("SESSIONS", got.out)

    def test_a_termination_does_as_an_interrupt(self):
        with Acs() as acs:
            run = start("run", self.scenario(LONG), "--acs", acs.url)
            self.assertTrue(acs.contacted.wait(20))
            run.send_signal(signal.SIGTERM)
            self.check_code(finish(run, 20), 105)

    def test_a_second_interrupt_does_not_wait(self):
        async def never(_request, connection):
            await connection.reader.read()

        with Acs(never) as acs:
            run = start("run", self.scenario(LONG), "--acs", acs.url, "--drain", "10m", "--json",
                        self.directory / "results.json")
            self.assertTrue(acs.contacted.wait(20))
            run.send_signal(signal.SIGINT)
            with self.assertRaises(support.subprocess.TimeoutExpired, msg="the first one drains"):
                run.wait(1.5)
            run.send_signal(signal.SIGINT)
            got = finish(run, 20)
        self.check_code(got, 105)
        results = self.results()
        results.check_sums(self)
        self.assertEqual(set(results.by("sessions_failed", "cause")), {"aborted"})


class Descriptors(Scratch):
    FLEET = """
fleet:
  - { group: desks, profile: gxp2170, count: 250, start: known }
phases:
  - { name: steady, do: periodic, arrivals: { once: { rate: 1000/s } } }
"""

    def under(self, limit, acs, *flags):
        arguments = [support.binary, "run", str(self.scenario(self.FLEET)), "--acs", acs.url, "--drain", "2s", "--json",
                     str(self.directory / "results.json"), "--quiet", *flags]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=support.environment(),
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))

    def test_a_port_each_leaves_none_for_sessions(self):
        with Acs() as acs:
            got = finish(self.under(400, acs, "--connection-requests", "127.0.0.1:31000+"))
        self.assertEqual(got.code, 104, got)
        for words in ("250 descriptors", "400", "ulimit -n", "leave the + away"):
            self.assertIn(words, got.err)

    def test_idle_connections_take_none_from_the_sessions(self):
        self.FLEET = self.FLEET.replace("once: { rate: 1000/s } }", "constant: 50/s }, for: 4s")
        port = support.free_port()
        idle = []
        with Acs() as acs:
            run = self.under(200, acs, "--connection-requests", f"127.0.0.1:{port}")
            self.assertTrue(acs.contacted.wait(20))
            self.addCleanup(lambda: [one.close() for one in idle])
            for _ in range(250):
                one = socket.socket()
                idle.append(one)
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            got = finish(run)
        self.assertEqual(self.results().by("sessions_failed", "cause"), {}, got)
        self.check_code(got, 0)

    def test_a_session_without_a_descriptor_is_no_fault_of_the_acs(self):
        if support.sanitized:
            self.skipTest("UBSan checks vtables through a pipe of its own, which it cannot have then")
        # What the run inherits is open, and counted by nobody.
        with Acs() as acs:
            acs_slow = acs.behaviour

            async def slow(request, connection):
                await asyncio.sleep(1)
                return await acs_slow(request, connection)

            acs.behaviour = slow
            held = [os.open("/dev/null", os.O_RDONLY) for _ in range(130)]
            self.addCleanup(lambda: [os.close(one) for one in held])
            process = subprocess.Popen(
                [support.binary, "run", str(self.scenario(self.FLEET)), "--acs", acs.url, "--connection-requests", "off",
                 "--drain", "0s", "--json", str(self.directory / "results.json"), "--quiet"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=support.environment(), pass_fds=held,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)))
            got = finish(process)
        self.assertEqual(got.code, 98, got)
        self.assertGreater(self.results().by("sessions_failed", "cause").get("no_descriptor", 0), 0, got)
        self.assertIn("no descriptor left to connect with, the limit is 200", got.out)


class Numbers(Scratch):
    """What stands in the results is what happened."""

    def run_against(self, url, text=LONG.replace("10m", "1s")):
        got = call("run", self.scenario(text), "--acs", url, "--drain", "0s", "--json", self.directory / "results.json")
        self.check_code(got, 0)
        return self.results()

    def test_a_generator_that_could_not_start_everything_says_so(self):
        with Acs() as acs:
            run = start("run", self.scenario(LONG.replace("10m", "3s")), "--acs", acs.url, "--json",
                        self.directory / "results.json")
            self.assertTrue(acs.contacted.wait(20))
            run.send_signal(signal.SIGSTOP)
            time.sleep(4)
            run.send_signal(signal.SIGCONT)
            got = finish(run, 30)
        results = self.results()
        self.assertEqual(results.total("sessions_planned"), 60)
        results.check_sums(self)
        self.assertGreater(results.count("sessions_dropped", reason="max_lag"), 0)
        self.check_code(got, 98)

    def test_connections_are_those_on_which_a_reply_came(self):
        async def close(_request, _connection):
            return True

        with Acs(close) as acs:
            results = self.run_against(acs.url)
            self.assertGreater(acs.requests, 0)
        self.assertEqual(results.total("connections"), 0)
        with Acs() as acs:
            results = self.run_against(acs.url)
        self.assertEqual(results.total("connections"), results.total("sessions_done"))

    def test_posts_are_counted_whether_or_not_they_left(self):
        results = self.run_against(f"http://127.0.0.1:{support.free_port()}/")
        self.assertEqual(set(results.by("sessions_failed", "cause")), {"connect_refused"})
        self.assertEqual(results.total("posts"), results.total("attempts"))
        self.assertGreater(results.total("bytes_sent"), 0)

    def test_how_many_devices_there_are(self):
        with Acs() as acs:
            self.assertEqual(self.run_against(acs.url).total("devices"), 10)

    def test_backlog_of_each_group(self):
        async def serve_desks_only(request, connection):
            return True if "atas" in request.path else await support.well_behaved(request, connection)

        text = """
fleet:
  - { group: desks, profile: gxp2170, count: 3, identity: { serial: "desks{i}" } }
  - { group: atas, profile: ht802, count: 4, identity: { serial: "atas{i}" } }
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 50/s } } }
  - { name: settle, for: 500ms }
"""
        with Acs(serve_desks_only) as acs:
            results = self.run_against(acs.url + "{serial}", text)
        self.assertEqual(results.total("backlog"), 4)
        self.assertEqual({k: v for k, v in results.by("backlog", "group").items() if v}, {"atas": 4})

    def test_an_outage_behind_a_phase_skips_none_of_its_starts(self):
        with Acs() as acs:
            results = self.run_against(acs.url, """
fleet:
  - { group: desks, profile: gxp2170, count: 10, start: known }
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 50/s } } }
  - { name: outage, do: offline, for: 200ms }
""")
        self.assertEqual((results.total("sessions_planned"), results.total("sessions_started")), (10, 10))

    def test_a_devices_time_offline_is_not_the_acss_latency(self):
        acs = start("acs", "--listen", "127.0.0.1:0", "--interval", "3")
        try:
            url = re.search(r"http://\S+", acs.stderr.readline())[0]
            results = self.run_against(url, """
fleet:
  - { group: desks, profile: gxp2170, count: 10 }
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 50/s } } }
  - { name: between, for: 500ms }
  - { name: outage, do: offline, for: 5s }
  - { name: after, for: 2s }
""")
        finally:
            acs.send_signal(signal.SIGINT)
            finish(acs, 20)
        self.assertGreaterEqual(results.total("own_sessions"), 10)
        # The outage alone would be 7 s; a slow machine is allowed for.
        self.assertLess(results.total("session_duration")["max_ms"], 5000)


class Safety(Scratch):
    """Nothing is sent: the addresses are for documentation, and the refusal comes before anything is started."""

    def check_refused(self, url, host):
        got = call("run", self.scenario(SMALL), "--acs", url, timeout=10)
        self.check_code(got, 104)
        self.assertEqual(got.out, "")
        self.assertIn(host, got.err)
        self.assertIn("--allow-host " + host, got.err)

    def test_a_public_address_needs_leave(self):
        self.check_refused("http://203.0.113.1/", "203.0.113.1")
        self.check_refused("https://8.8.8.8:7547/acs", "8.8.8.8")
        self.check_refused("http://[2001:db8::1]/", "2001:db8::1")

    def test_leave_for_another_host_is_none(self):
        got = call("run", self.scenario(SMALL), "--acs", "http://203.0.113.1/", "--allow-host", "203.0.113.2", timeout=10)
        self.check_code(got, 104)

    def test_other_spellings_of_a_public_address(self):
        for url in ("http://3405803777/", "http://0xcb007101/", "http://[::ffff:203.0.113.1]/", "http://0.0.0.0/",
                    "http://100.64.0.1/"):
            with self.subTest(url):
                got = call("run", self.scenario(SMALL), "--acs", url, timeout=10)
                self.check_code(got, 104)
                self.assertEqual(got.out, "")

    def test_an_acs_of_each_device_is_looked_at_too(self):
        path = self.scenario('acs: { url: "http://203.0.113.1/{serial}" }\n' + SMALL)
        self.check_code(call("run", path, timeout=10), 104)

    def test_every_device_is_looked_at(self):
        # The first device calls loopback, the second the world.
        (self.directory / "fleet.csv").write_text("acs,serial\n127.0.0.1:9,AAAA00000001\n203.0.113.1,AAAA00000002\n")
        path = self.scenario("""
acs: { url: "http://{csv.acs}/" }
fleet:
  - { group: desks, profile: gxp2170, count: 2, identity: { csv: fleet.csv } }
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 100/s } } }
""")
        got = call("run", path, "--drain", "1s", "--json", self.directory / "results.json", timeout=20)
        if got.code != 104:  # then the transport itself must have refused
            self.assertEqual(self.results().by("sessions_failed", "cause"),
                             {"target_not_allowed": 1, "connect_refused": 1}, got)

    def test_an_acs_that_does_not_resolve(self):
        got = call("run", self.scenario(SMALL), "--acs", "http://no-such-host.invalid/", timeout=30)
        self.check_code(got, 104)
        self.assertIn("no-such-host.invalid", got.err)


if __name__ == "__main__":
    support.main()
