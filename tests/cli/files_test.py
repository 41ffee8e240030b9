# SPDX-License-Identifier: Apache-2.0
"""Files between a fleet and the built-in ACS (`cpefleet acs`): served, received, asked for; and the way to an ACS through its
redirector."""
import http.client
import os
import re
import threading
import urllib.error
import urllib.request

import support
from support import BuiltinAcs, Scratch, finish, start

NOWHERE = "http://127.0.0.1:1/"  # nobody listens there


class Acs(BuiltinAcs):
    def fetch(self, path, **more):
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, **more), timeout=30) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def memory(self):
        status = open(f"/proc/{self.process.pid}/status", encoding="ascii").read()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


class Server(Scratch):
    def test_files_of_a_directory_are_served_and_nothing_beside_them(self):
        served = self.directory / "files"
        (served / "below").mkdir(parents=True)
        (served / "plain.bin").write_bytes(b"x" * 200_000)
        (served / "below" / "deep").write_text("deep")
        (self.directory / "secret").write_text("secret")
        (served / "link").symlink_to(self.directory / "secret")
        os.mkfifo(served / "pipe")
        acs = Acs(self, "--files", served)
        self.assertEqual(acs.fetch("files/plain.bin"), (200, b"x" * 200_000))
        for path in ("link", "pipe", "below", "below/deep", "../secret", "..%2fsecret", "%2e%2e/secret", "none", ""):
            self.assertEqual(acs.fetch("files/" + path)[0], 404, path)
        self.assertEqual(acs.fetch("files/plain.bin", method="PUT", data=b"other")[0], 201)
        self.assertEqual((served / "plain.bin").stat().st_size, 200_000)
        self.assertEqual(sorted(p.name for p in served.iterdir()), ["below", "link", "pipe", "plain.bin"])
        totals, got = acs.end()
        self.assertEqual((totals["files fetched"], totals["files received"], totals["bytes received"]), (1, 1, 5), got)
        self.assertIn("received plain.bin, 5 bytes: other\n", got.out)

    def test_many_large_files_at_once_take_little_memory(self):
        acs = Acs(self)
        before, size, many = acs.memory(), 20_000_000, 40
        connections = []
        host = acs.url.split("/")[2]
        for _ in range(many):  # all begun, none taken
            connection = http.client.HTTPConnection(host, timeout=30)
            connection.request("GET", f"/files/firmware/a?version=1.2&size={size}")
            connections.append(connection)
        replies = [c.getresponse() for c in connections]
        for reply in replies:
            self.assertEqual(len(reply.read()), size)
        for connection in connections:
            connection.close()
        threads = [threading.Thread(target=lambda: acs.fetch("files/bytes/up", method="PUT", data=b"u" * size))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        grown = acs.memory() - before
        totals, got = acs.end()
        self.assertEqual(totals["bytes fetched"], many * size, got)
        self.assertEqual(totals["bytes received"], 8 * size, got)
        if not support.sanitized:
            self.assertLess(grown, size, "not even one of them was in memory")

    def test_a_login_is_asked_for(self):
        acs = Acs(self, "--file-login", "phone:secret")
        self.assertEqual(acs.fetch("files/bytes/10")[0], 401)
        for handler in (urllib.request.HTTPDigestAuthHandler, urllib.request.HTTPBasicAuthHandler):
            with self.subTest(handler.__name__):
                passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
                passwords.add_password(None, acs.url, "phone", "secret")
                opener = urllib.request.build_opener(handler(passwords))
                with opener.open(acs.url + "files/bytes/10", timeout=30) as reply:
                    self.assertEqual(reply.read(), b"x" * 10)

    def test_mistakes_in_its_flags_are_told(self):
        for flags, said in ((("--files", self.directory / "none"), "No such file"),
                            (("--download", "ring:1"), "--download: takes firmware:VERSION"),
                            (("--upload", "firmware"), "--upload: takes config or log"),
                            (("--errands", "--upload", "config"), "--errands asks for files itself"),
                            (("--redirect-to", "http://a/"), "need --redirector"),
                            (("--redirector", "--redirect-to", "acs"), "--redirect-to: "),
                            (("--redirector", "--redirect-login", "{serial}:x"), "the only place is {mac}")):
            got = support.call("acs", "--listen", "127.0.0.1:0", "--for", "1s", *flags)
            self.assertEqual(got.code, 104, got)
            self.assertIn(said, got.err)


class Devices(Scratch):
    def fleet(self, more="", seconds=8):
        for name in ("gxp2170", "ht802"):
            (self.directory / f"quick-{name}.yaml").write_text(
                f"version: 1\nprofile: quick-{name}\nextends: {name}\nboot_time: 1s\n")
        return f"""
fleet:
  - {{ group: desks, profile: ./quick-gxp2170.yaml, count: 6{more} }}
  - {{ group: atas, profile: ./quick-ht802.yaml, count: 4{more} }}
phases:
  - {{ name: boot, do: boot, arrivals: {{ once: {{ rate: 100/s }} }} }}
  - {{ name: steady, do: periodic, arrivals: {{ constant: 10/s }}, for: {seconds}s }}
  - {{ name: settle, until: {{ metric: backlog, eq: 0 }}, max: 20s }}
"""

    def test_devices_find_their_acs_through_the_redirector(self):
        acs = Acs(self, "--redirector", "--redirect-login", "cpe-{mac}:pw", "--interval", "999")
        scenario = self.scenario(self.fleet(f", provisioning: {{ server: '{acs.url}gs/' }}", 2))
        got = finish(start("run", scenario, "--acs", NOWHERE, "--json", self.directory / "results.json"))
        self.check_code(got, 0)
        totals, said = acs.end()
        self.assertEqual(totals["devices"], 10, said)
        self.assertEqual(totals["redirected"], 10, said)
        self.assertEqual(totals["files missing"], 10, "each asks for cfg<mac> first\n" + repr(said))
        self.assertEqual(totals["sessions"], self.results().total("sessions_done"))
        self.assertEqual(self.results().total("sessions_failed"), 0)

    def test_without_the_redirector_they_go_where_the_scenario_says(self):
        acs = Acs(self)
        scenario = self.scenario(self.fleet(f", provisioning: {{ server: '{acs.url}gs/' }}", 1))
        got = finish(start("run", scenario, "--acs", acs.url, "--quiet"))
        self.check_code(got, 0)
        totals, said = acs.end()
        self.assertEqual(totals["devices"], 10, said)
        self.assertNotIn("redirected", totals, said)

    def test_files_are_asked_for_once_and_their_ends_are_in_the_books(self):
        acs = Acs(self, "--file-login", "phone:secret", "--download", "firmware:9.9.9.9:2MB", "--download",
                  "config:P4507=777", "--upload", "config", "--upload", "log")
        scenario = self.scenario(self.fleet(", transfers: { flash_time: 1s }", 12))
        got = finish(start("run", scenario, "--acs", acs.url, "--json", self.directory / "results.json"))
        self.check_code(got, 0)
        totals, said = acs.end()
        self.assertEqual(totals["transfers asked"], 40, said)
        self.assertEqual(totals["transfers done"], 40, said)
        self.assertEqual(totals["transfers owed"], 0, said)
        self.assertEqual(totals["files fetched"], 20, said)
        self.assertEqual(totals["files received"], 20, said)
        self.assertGreater(totals["bytes fetched"], 20_000_000, said)
        self.assertRegex(said.out, r"received 000B82-HT802-\w+\.log, \d+ bytes: Grandstream HT802 9\.9\.9\.9 ")

    def test_what_ends_with_a_fault_is_counted_by_its_code(self):
        acs = Acs(self, "--download", "config:P4507=777")
        rules = ", transfers: { failures: [{ share: 100%, fault: 9012 }] }"
        got = finish(start("run", self.scenario(self.fleet(rules, 4)), "--acs", acs.url, "--quiet"))
        self.check_code(got, 0)
        totals, said = acs.end()
        self.assertEqual((totals["transfers asked"], totals["transfers done"], totals["transfers failed"]), (10, 0, 10),
                         said)
        self.assertIn("transfers failed with 9012: 10\n", said.out)


if __name__ == "__main__":
    support.main()
