# SPDX-License-Identifier: Apache-2.0
"""Connection requests over HTTP, asked by Python's own HTTP client, answered by the devices of a run."""
import hashlib
import hmac
import random
import re
import signal
import socket
import struct
import threading
import time
import urllib.error
import urllib.request

import support
from support import INFORM_RESPONSE, Acs, Scratch, envelope, finish, reply, start

FLEET = """
fleet:
  - { group: desks, profile: gxp2170, count: 3, start: known }
phases:
  - { name: hello, do: periodic, arrivals: { once: { rate: 50/s } } }
  - { name: steady, for: 60s }
"""
SET_LOGIN = envelope(
    '<cwmp:SetParameterValues><ParameterList xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" '
    'e:arrayType="cwmp:ParameterValueStruct[2]">'
    + "".join(f"<ParameterValueStruct><Name>Device.ManagementServer.ConnectionRequest{name}</Name>"
              f"<Value>{value}</Value></ParameterValueStruct>" for name, value in (("Username", "cr"), ("Password", "pw")))
    + "</ParameterList><ParameterKey/></cwmp:SetParameterValues>")


async def sets_login(request, connection):
    if request.is_inform:
        await connection.send(reply(body=INFORM_RESPONSE))
    elif not request.body and not connection.notes.get("set"):
        connection.notes["set"] = True
        await connection.send(reply(body=SET_LOGIN))
    else:
        await connection.send(reply("204 No Content"))


def ask(url, login=None, method="GET", timeout=5):
    """The status of a connection request; 0 for no answer."""
    handlers = []
    if login:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, url, *login)
        handlers.append(urllib.request.HTTPDigestAuthHandler(passwords))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
    try:
        with opener.open(urllib.request.Request(url, method=method), timeout=timeout) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except ValueError:  # of the digest handler, when it was refused
        return 401
    except (OSError, TimeoutError):
        return 0


def ask_over_udp(host, port, ts, password=""):
    """A UDP Connection Request of TR-111 part 2 with an empty user name."""
    signature = hmac.new(password.encode(), f"{ts}7x".encode(), hashlib.sha1).hexdigest()
    text = f"GET http://{host}:{port}?ts={ts}&id=7&un=&cn=x&sig={signature} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(text.encode(), (host, port))


class StunServer:
    """Answers Binding Requests of RFC 3489 until it is left; where they came from is kept."""

    def __enter__(self):
        self.seen = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()

    def serve(self):
        while True:
            request, sender = self.socket.recvfrom(2048)
            if not request:
                return
            self.seen.append(sender)
            mapped = struct.pack("!HHBBH4s", 1, 8, 0, 1, sender[1], socket.inet_aton(sender[0]))
            self.socket.sendto(struct.pack("!HH", 0x0101, len(mapped)) + request[4:20] + mapped, sender)


class Requests(Scratch):
    def play(self, acs, *flags, scenario=FLEET, where="127.0.0.1:0"):
        """A run whose devices have said hello; their ConnectionRequestURLs by serial number."""
        self.urls = {}
        original = acs.behaviour

        async def watch(request, connection):
            if request.is_inform:
                serial = re.search(r"<SerialNumber>([^<]*)", request.body)[1]
                self.urls[serial] = re.search(r"ConnectionRequestURL</Name><Value[^>]*>([^<]*)", request.body)[1]
            return await original(request, connection)

        acs.behaviour = watch
        self.run = start("run", self.scenario(scenario), "--acs", acs.url, "--connection-requests", where, "--drain",
                         "5s", "--json", self.directory / "results.json", *flags)
        self.addCleanup(lambda: self.run.poll() is None and self.run.kill())
        self.wait_for(lambda: len(self.urls) == 3)
        return self.urls

    def wait_for(self, what, seconds=30):
        until = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), until, "it did not happen")
            time.sleep(0.02)

    def end(self):
        self.run.send_signal(signal.SIGINT)
        got = finish(self.run, 30)
        self.assertIn(got.code, (105, 98), got)
        results = self.results()
        results.check_sums(self)
        return results

    def requested(self, acs):
        return [i.serial for i in acs.informs if "6 CONNECTION REQUEST" in i.events]

    def test_a_request_leads_to_one_session(self):  # [C-1, C-5, C-6]
        with Acs() as acs:
            urls = self.play(acs)
            self.assertEqual(len(set(urls.values())), 3)
            serial, url = sorted(urls.items())[1]
            self.assertEqual(ask(url), 200)
            self.wait_for(lambda: self.requested(acs))
            self.assertEqual(self.requested(acs), [serial])
            self.assertEqual(ask(url + "?query=ignored"), 200)  # [C-2]
            self.wait_for(lambda: len(self.requested(acs)) == 2)
            results = self.end()
        # The second is queued when it finds the first one's session still under way.
        self.assertEqual(sum(results.by("connection_requests", "reason").values()), 2)
        self.assertEqual(results.total("connection_request")["count"], 2)

    def test_paths_and_methods_nobody_has(self):  # [C-10]
        with Acs() as acs:
            url = sorted(self.play(acs).values())[0]
            self.assertEqual(ask(url[:-1] + ("0" if url[-1] != "0" else "1")), 404)
            self.assertEqual(ask(re.sub(r"/[^/]*$", "/", url)), 404)
            self.assertEqual(ask(url, method="POST"), 405)
            self.assertEqual(self.requested(acs), [])
            self.end()

    def test_digest_and_what_has_not_the_password(self):  # [C-3]
        with Acs(sets_login) as acs:
            url = sorted(self.play(acs).values())[0]
            self.wait_for(lambda: acs.requests >= 9)  # the login is set
            self.assertEqual(ask(url), 401)
            self.assertEqual(ask(url, ("cr", "wrong")), 401)
            self.assertEqual(ask(url, ("other", "pw")), 401)
            time.sleep(0.3)
            self.assertEqual(self.requested(acs), [])
            self.assertEqual(ask(url, ("cr", "pw")), 200)
            self.wait_for(lambda: self.requested(acs))
            results = self.end()
        reasons = results.by("connection_requests", "reason")
        self.assertEqual(reasons.get("accepted", 0) + reasons.get("queued", 0), 1)
        self.assertGreaterEqual(reasons["unauthorized"], 2)

    def test_a_flood_with_wrong_passwords_costs_no_session(self):
        with Acs(sets_login) as acs:
            url = sorted(self.play(acs).values())[0]
            self.wait_for(lambda: acs.requests >= 9)
            host, port = re.match(r"http://([^:]+):(\d+)/", url).groups()
            path = "/" + url.split("/", 3)[3]
            bad = ('Digest username="cr", realm="CPE", nonce="00", uri="%s", qop=auth, nc=00000001, cnonce="x", '
                   'response="%s"' % (path, "0" * 32))
            request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {bad}\r\n\r\n".encode()
            before = len(acs.informs)
            for _ in range(500):
                with socket.create_connection((host, int(port)), timeout=5) as s:
                    s.sendall(request)
                    self.assertIn(b" 401 ", s.recv(4096))
            self.assertEqual(len(acs.informs), before)
            results = self.end()
        self.assertEqual(results.by("connection_requests", "reason"), {"unauthorized": 500})

    def test_requests_during_a_session_run_one_after_it(self):  # [C-8]
        held = threading.Event()

        async def slow(request, connection):
            import asyncio
            if request.is_inform and held.is_set():
                held.clear()
                await asyncio.sleep(1.5)
            await connection.send(reply(body=INFORM_RESPONSE) if request.is_inform else reply("204 No Content"))

        with Acs(slow) as acs:
            serial, url = sorted(self.play(acs).items())[0]
            time.sleep(0.3)
            held.set()
            self.assertEqual(ask(url), 200)
            self.wait_for(lambda: len(self.requested(acs)) == 1)
            for _ in range(5):
                self.assertEqual(ask(url), 200)
            self.wait_for(lambda: len(self.requested(acs)) == 2)
            time.sleep(0.5)
            self.assertEqual(self.requested(acs), [serial] * 2)
            self.assertEqual(self.end().by("connection_requests", "reason"), {"accepted": 1, "queued": 5})

    def test_too_many_are_answered_503(self):  # [C-7]
        with Acs() as acs:
            url = sorted(self.play(acs, scenario=FLEET + "connection_requests: { throttle: 1/m }\n").values())[0]
            self.assertEqual(ask(url), 200)
            self.assertEqual(ask(url), 503)
            self.assertEqual(self.end().by("connection_requests", "reason"), {"accepted": 1, "throttled": 1})

    def test_a_device_that_is_off_does_not_answer(self):
        with Acs() as acs:
            url = sorted(self.play(acs, scenario=FLEET.replace(
                "name: steady, for: 60s", "name: outage, do: offline, for: 60s")).values())[0]
            time.sleep(1)
            self.assertEqual(ask(url, timeout=1), 0)
            self.assertEqual(self.end().by("connection_requests", "reason"), {"offline": 1})

    def free_ports(self, count):
        """The first of so many in a row, below those that connections of other tests get."""
        for _ in range(100):
            first = random.randrange(10000, 30000)
            sockets = [socket.socket() for _ in range(count)]
            try:
                for i, one in enumerate(sockets):
                    one.bind(("127.0.0.1", first + i))
                return first
            except OSError:
                pass
            finally:
                for one in sockets:
                    one.close()
        raise AssertionError("no free ports")

    def test_a_port_each(self):
        port = self.free_ports(3)
        with Acs() as acs:
            urls = self.play(acs, where=f"127.0.0.1:{port}+")
            self.assertEqual({int(re.search(r":(\d+)/", u)[1]) for u in urls.values()}, {port, port + 1, port + 2})
            for url in urls.values():
                self.assertEqual(ask(url), 200)
            self.wait_for(lambda: set(self.requested(acs)) == set(urls))
            self.end()

    def test_an_address_each_and_the_path_of_the_model(self):  # [C-11]
        fleet = FLEET.replace("gxp2170, count: 3", "ht802, count: 3, identity: { lan_ip: \"{pool.lab}\" }")
        with Acs() as acs:
            urls = self.play(acs, scenario=fleet + "pools: { lab: 127.77.0.0/24 }\n", where=":0")
            hosts = {re.match(r"http://([^:]+):\d+/cpe$", u)[1] for u in urls.values()}
            self.assertEqual(hosts, {"127.77.0.1", "127.77.0.2", "127.77.0.3"})
            for url in urls.values():
                self.assertEqual(ask(url), 200)
            self.wait_for(lambda: set(self.requested(acs)) == set(urls))
            self.end()

    def free_udp_port(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("0.0.0.0", 0))
            return s.getsockname()[1]

    def test_over_udp_at_an_address_each(self):  # [U-9, U-15]
        fleet = FLEET.replace("count: 3", "count: 3, identity: { lan_ip: \"{pool.lab}\" }")
        port = self.free_udp_port()
        more = f"pools: {{ lab: 127.78.0.0/24 }}\nconnection_requests: {{ udp_port: {port} }}\n"
        with Acs() as acs:
            serials = sorted(self.play(acs, scenario=fleet + more, where=":0"))
            ask_over_udp("127.78.0.2", port, 1000, "wrong")
            for _ in range(3):
                ask_over_udp("127.78.0.2", port, 1000)
            self.wait_for(lambda: self.requested(acs))
            ask_over_udp("127.78.0.2", port, 999)
            ask_over_udp("127.78.0.3", port, 1000)
            self.wait_for(lambda: len(self.requested(acs)) == 2)
            self.assertEqual(self.requested(acs), serials[1:3])
            reasons = self.end().by("connection_requests", "reason")
        self.assertEqual(reasons.pop("udp_accepted", 0) + reasons.pop("udp_queued", 0), 2)
        self.assertEqual(reasons, {"udp_ignored": 1, "udp_duplicate": 3})

    def test_a_scenario_turns_stun_on(self):  # [U-1]
        fleet = """
fleet:
  - { group: desks, profile: ./stun.yaml, count: 5, start: known }
phases:
  - { name: quiet, for: 1s }
  - { name: turn_on, do: { set: { Device.ManagementServer.STUNEnable: "true" } }, arrivals: { once: { rate: 100/s } } }
  - { name: steady, for: 3s }
"""
        with StunServer() as server:
            (self.directory / "stun.yaml").write_text(
                "version: 1\nprofile: stun\nextends: gxp2170\ndatamodel:\n  set:\n"
                f"    Device.ManagementServer.STUNServerPort: \"{server.port}\"\n"
                "    Device.ManagementServer.STUNMinimumKeepAlivePeriod: \"1\"\n"
                "    Device.ManagementServer.STUNMaximumKeepAlivePeriod: \"1\"\n")
            got = support.call("run", self.scenario(fleet), "--json", self.directory / "results.json", "--quiet")
            self.check_code(got, 0)
            self.assertEqual(len(set(server.seen)), 1)  # one port for all of them
        results = self.results()
        attempts = results.by("stun_attempts", "reason")
        self.assertEqual(set(attempts), {"answered"})
        self.assertGreaterEqual(attempts["answered"], 10)

    def test_what_others_reach_it_by(self):
        with Acs() as acs:
            for url in self.play(acs, "--advertise", "lab.example.com:9999").values():
                self.assertRegex(url, r"^http://lab\.example\.com:9999/")
            self.end()

    def test_a_taken_port_names_the_ways_out(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            got = support.call("run", self.scenario(FLEET), "--acs", "http://127.0.0.1:1/", "--connection-requests",
                               f"127.0.0.1:{port}")
        self.assertEqual(got.code, 104, got)
        self.assertIn(f"127.0.0.1:{port}", got.err)
        self.assertIn("--connection-requests off", got.err)

    def test_what_is_no_place_to_listen(self):
        for wrong in ("nonsense", "127.0.0.1", "host:1", "127.0.0.1:0+", "127.0.0.1:99999"):
            got = support.call("run", self.scenario(FLEET), "--acs", "http://127.0.0.1:1/", "--connection-requests", wrong)
            self.assertEqual(got.code, 104, got)
            self.assertIn("--connection-requests", got.err)

    def test_ipv6(self):
        with Acs() as acs:
            urls = self.play(acs, where="[::1]:0")
            url = sorted(urls.values())[0]
            self.assertRegex(url, r"^http://\[::1\]:\d+/")
            self.assertEqual(ask(url), 200)
            self.wait_for(lambda: self.requested(acs))
            self.end()


if __name__ == "__main__":
    support.main()
