# SPDX-License-Identifier: Apache-2.0
"""An ACS that does everything wrong: each session fails by its cause, the device tries again, the process lives on.

All behaviours are played at once, in one run: a group each, told apart by the path of their URL (/BEHAVIOUR-NUMBER).
"""
import asyncio
import pathlib
import threading
import time
import unittest

import support
from support import GET_RPC_METHODS, INFORM_RESPONSE, Acs, Results, envelope, finish, reply, start

PER_GROUP = 3
MESSAGE_SIZE = 8 << 20
RPCS = 20
BLOCK = b"x" * (1 << 18)
INFORM_FAULT = envelope("<soap:Fault><faultcode>Server</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault>"
                        "<FaultCode>8001</FaultCode><FaultString>No</FaultString></cwmp:Fault></detail></soap:Fault>")
BOMB = ('<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha">' +
        "".join(f'<!ENTITY a{i} "{("&a" + str(i - 1 if i else "") + ";") * 10}">' for i in range(0, 10)) +
        "]><b>&a9;</b>")


def raw(data):
    async def behave(_request, connection):
        await connection.send(data)
        return True
    return behave


def answer(*args, **more):
    return raw(reply(*args, **more))


async def reset_at_once(_request, connection):
    connection.reset()
    return True


async def reset_within(_request, connection):
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<soap")
    await asyncio.sleep(0.1)
    connection.reset()
    return True


async def stall(_request, connection):
    await connection.reader.read()
    return True


async def stall_within(_request, connection):
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<soap")
    await connection.reader.read()
    return True


async def drip(_request, connection):
    for byte in reply(body=INFORM_RESPONSE):
        await connection.send(bytes([byte]))
        await asyncio.sleep(0.3)


def endless(head, block=BLOCK):
    async def behave(_request, connection):
        await connection.send(head)
        while True:
            await connection.send(block)
            await asyncio.sleep(0)  # nobody else may starve
    return behave


async def endless_rpcs(request, connection):
    await connection.send(reply(body=INFORM_RESPONSE if request.is_inform else GET_RPC_METHODS))


async def redirect_loop(request, connection):
    await connection.send(reply("302 Found", headers=[f"Location: {request.path}"]))


async def changing_cookies(request, connection):
    count = connection.notes["cookies"] = connection.notes.get("cookies", 0) + 1
    if count > 1 and f"id=v{count - 1}" not in request.headers.get("cookie", ""):
        await connection.send(reply("400 Lost the cookie"))
        return True
    body = INFORM_RESPONSE if request.is_inform else GET_RPC_METHODS
    await connection.send(reply("204 No Content") if count > 6 else reply(body=body, headers=[f"Set-Cookie: id=v{count}"]))


# name: (behaviour, cause it must end by, None for a session that ends as it should)
BEHAVIOURS = {
    "good": (support.well_behaved, None),
    "cookies": (changing_cookies, None),
    "resetAtOnce": (reset_at_once, "cut_after_send"),
    "closed": (raw(b""), "cut_after_send"),
    "resetWithin": (reset_within, "reset"),
    "stall": (stall, "response_timeout"),
    "stallWithin": (stall_within, "response_timeout"),
    "drip": (drip, "response_timeout"),
    "interim": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), ("response_timeout", "bad_http", "message_too_big")),
    "truncated": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<soap"), "truncated_reply"),
    "chunkCut": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n<soap"), "truncated_reply"),
    "chunkBad": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n<soap"), "bad_http"),
    "garbage": (raw(b"\x16\x03\x01\x00\xff\x00 no HTTP at all\r\n\r\n"), "bad_http"),
    "badLength": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n<soap"), ("bad_http", "bad_xml")),
    "endlessHeader": (endless(b"HTTP/1.1 200 OK\r\nX-Long: "), "bad_http"),
    "endlessBody": (endless(b"HTTP/1.1 200 OK\r\n\r\n"), "message_too_big"),
    "endlessChunks": (endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"40000\r\n" + BLOCK + b"\r\n"),
                      "message_too_big"),
    "hugeLength": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n<soap"), "message_too_big"),
    "brokenXml": (answer(body=INFORM_RESPONSE[:-20]), "bad_xml"),
    "bomb": (answer(body=BOMB), "bad_xml"),
    "deep": (answer(body="<a>" * 10_000 + "</a>" * 10_000), "bad_xml"),
    "zeros": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(1000)), "bad_xml"),
    "html": (answer(body="<html><body>Welcome</body></html>"), "not_soap"),
    "empty": (answer(), "empty_inform_reply"),
    "noContent": (answer("204 No Content"), "empty_inform_reply"),
    "request": (answer(body=GET_RPC_METHODS), "unexpected_message"),
    "mustUnderstand": (answer(body=envelope("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>",
                                            '<x:Odd xmlns:x="urn:x" soap:mustUnderstand="1"/>')), "must_understand"),
    "fault": (answer(body=INFORM_FAULT), "inform_fault"),
    "endlessRpcs": (endless_rpcs, "too_many_rpcs"),
    "redirectLoop": (redirect_loop, "too_many_redirects"),
    "redirectNowhere": (answer("302 Found", headers=["Location: gopher://x/"]), "bad_redirect"),
    "redirectPublic": (answer("302 Found", headers=["Location: http://203.0.113.1/"]), "target_not_allowed"),
    "unauthorized": (answer("401 Unauthorized", headers=['WWW-Authenticate: Basic realm="x"']), "unauthorized"),
    "unavailable": (answer("503 Service Unavailable", headers=["Retry-After: 1"]), "service_unavailable"),
    "notFound": (answer("404 Not Found"), "http_client_error"),
    "serverError": (answer("500 Internal Server Error"), "http_server_error"),
}
SCENARIO = f"""version: 1
name: hostile
seed: 7
fleet:
{''.join(f'  - {{ group: {name}, profile: gxp2170, count: {PER_GROUP}, identity: {{ serial: "{name}-{{i}}" }} }}' + chr(10)
         for name in BEHAVIOURS)}
phases:
  - {{ name: boot, do: boot, arrivals: {{ once: {{ rate: 100/s }} }} }}
  - {{ name: retries, for: 16s }}
limits: {{ rpcs_per_session: {RPCS}, response_timeout: 4s, connect_timeout: 4s, message_size: {MESSAGE_SIZE} }}
"""


def peak_memory(pid):
    """VmHWM in MB; 0 when the process is gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.posts = {}

        async def by_path(request, connection):
            name = request.path[1:].split("-")[0]
            cls.posts[name] = cls.posts.get(name, 0) + 1
            return await BEHAVIOURS[name][0](request, connection)

        with support.tempfile.TemporaryDirectory() as scratch, Acs(by_path) as acs:
            directory = pathlib.Path(scratch)
            (directory / "hostile.yaml").write_text(SCENARIO)
            process = start("run", directory / "hostile.yaml", "--acs", acs.url + "{serial}", "--drain", "1s", "--json",
                            directory / "results.json")
            peaks = [0]

            def watch():
                while process.poll() is None:
                    peaks.append(peak_memory(process.pid))
                    time.sleep(0.1)

            watcher = threading.Thread(target=watch)
            watcher.start()
            cls.finished = finish(process, 90)
            watcher.join()
            cls.peak = max(peaks)
            cls.results = Results(support.json.loads((directory / "results.json").read_text())) if (
                directory / "results.json").exists() else None

    def test_the_process_survives(self):
        # There are no thresholds: nothing to fail. 98 is a machine with other things to do.
        self.assertIn(self.finished.code, (0, 98), self.finished)
        self.assertNotIn("internal", self.results.by("sessions_failed", "cause"))
        self.results.check_sums(self)

    def test_memory_stays_bounded(self):
        self.assertGreater(self.peak, 0)
        self.assertLess(self.peak, 2000 if support.sanitized else 300)

    def check_good(self, name):
        self.assertEqual(self.results.by("sessions_done", "group")[name], PER_GROUP)
        self.assertEqual(self.results.count("sessions_failed", group=name), 0)

    def check_bad(self, name, cause):
        wanted = {cause} if isinstance(cause, str) else set(cause)
        causes = self.results.by("sessions_failed", "cause", group=name)
        busy = self.finished.code == 98  # a machine with other things to do
        # What is under way when the run ends is cut off by us; only sessions that hang can be.
        cut = causes.pop("aborted", 0) if "response_timeout" in wanted or busy else 0
        self.assertLessEqual(set(causes), wanted)
        self.assertTrue(causes)
        self.assertEqual(self.results.count("sessions_done", group=name), 0)
        # Everybody failed, and tried again within the run, if the run got its share of the processor.
        retries = self.results.count("retries", group=name)
        self.assertGreaterEqual(retries, 1 if busy else PER_GROUP)
        started = self.results.count("sessions_started", group=name)
        if not busy:
            self.assertEqual(started, PER_GROUP)
        self.assertEqual(sum(causes.values()) + cut, started + retries)


def add_case(name, cause):
    def case(self):
        self.check_bad(name, cause) if cause else self.check_good(name)
    setattr(Hostile, f"test_acs_{name}", case)


for _name, (_, _cause) in BEHAVIOURS.items():
    add_case(_name, _cause)

if __name__ == "__main__":
    support.main()
