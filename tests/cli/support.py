# SPDX-License-Identifier: Apache-2.0
"""What the tests of the program share: starting it, reading its results, golden files, and an ACS to be nasty with.

Each test file ends with support.main(); CTest calls it with --binary PATH and the names of the cases to run.
"""
import argparse
import asyncio
import difflib
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
binary = None       # the program under test
sanitized = False   # memory is measured differently then


def main():
    global binary, sanitized
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--sanitized", action="store_true")
    known, rest = arguments.parse_known_args()
    binary, sanitized = os.path.abspath(known.binary), known.sanitized
    unittest.main(module="__main__", argv=[sys.argv[0], *rest], verbosity=2)


# --- the program ---------------------------------------------------------------------------------------------------------


def environment(**more):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CPEFLEET_") and not k.startswith("ACS_")}
    return {**clean, "LC_ALL": "C.UTF-8", **more}


def start(*arguments, cwd=HERE, **env):
    return subprocess.Popen([binary, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            errors="replace", cwd=cwd, env=environment(**env))


class Finished:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def finish(process, timeout=60):
    """Waits, and ends the process itself when it does not."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"still running after {timeout} s\n{Finished('-', out, err)}") from None
    return Finished(process.returncode, out, err)


def call(*arguments, timeout=60, **env):
    return finish(start(*arguments, **env), timeout)


class BuiltinAcs:
    """`cpefleet acs`, ended when the test is."""

    def __init__(self, test, *flags):
        self.process = start("acs", "--listen", "127.0.0.1:0", *flags)
        test.addCleanup(self._give_up)
        self.head = self.process.stderr.readline()
        found = re.search(r"http://[0-9.:]+/", self.head)
        if not found:
            raise AssertionError(f"the ACS did not start\n{self.head}{finish(self.process)}")
        self.url = found[0]

    def _give_up(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def end(self):
        """Its totals by name, and all it said."""
        self.process.send_signal(signal.SIGTERM)
        got = finish(self.process)
        return {name: int(n) for name, n in re.findall(r"([a-z ]+?) (\d+)(?:, |$)", got.out, re.M)}, got


class Scratch(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="cpefleet-cli-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def scenario(self, text, name="scenario.yaml"):
        path = self.directory / name
        path.write_text("version: 1\nname: test\nseed: 7\n" + text)
        return path

    def results(self, name="results.json"):
        return Results(json.loads((self.directory / name).read_text()))

    def check_code(self, finished, code):
        if finished.code == 98 and code in (0, 97, 99, 106):
            self.skipTest("the machine is too busy: starts came late, which is a verdict of its own")
        self.assertEqual(finished.code, code, finished)


class Results:
    """results.json, asked for numbers."""

    def __init__(self, data):
        self.data = data

    def total(self, metric):
        return self.data["metrics"][metric]["total"]

    def count(self, metric, **tags):
        """The sum over all values with these tags."""
        values = self.data["metrics"][metric]["values"]
        return sum(v["count"] for v in values if all(v.get(k) == w for k, w in tags.items()))

    def by(self, metric, tag, **tags):
        out = {}
        for value in self.data["metrics"][metric]["values"]:
            if all(value.get(k) == w for k, w in tags.items()):
                out[value[tag]] = out.get(value[tag], 0) + value["count"]
        return out

    def check_sums(self, test, in_flight=0):
        """The three equations that hold whatever happened (DESIGN 4.1)."""
        t = self.total
        test.assertEqual(t("sessions_planned"), t("sessions_started") + t("sessions_merged") + t("sessions_skipped") +
                         t("sessions_dropped"), "planned = started + merged + skipped + dropped")
        test.assertEqual(t("attempts"), t("sessions_done") + t("sessions_failed") + in_flight,
                         "attempts = done + failed + in flight")
        test.assertEqual(t("attempts"), t("sessions_started") + t("retries") + t("own_sessions"),
                         "attempts = started + retries + own")


# --- golden files ----------------------------------------------------------------------------------------------------------


def check_golden(test, name, text):
    """Compares with golden/NAME.golden; CPEFLEET_UPDATE_GOLDEN=1 writes it instead."""
    path = HERE / "golden" / (name + ".golden")
    text = text.replace(str(ROOT), "<root>")
    if os.environ.get("CPEFLEET_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return
    wanted = path.read_text() if path.exists() else ""
    if text != wanted:
        diff = difflib.unified_diff(wanted.splitlines(True), text.splitlines(True), str(path), "now")
        test.fail("not as in the golden file (CPEFLEET_UPDATE_GOLDEN=1 takes it over)\n" + "".join(diff))


# --- an ACS ----------------------------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def envelope(body, header=""):
    return ('<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:cwmp="urn:dslforum-org:cwmp-1-0"><soap:Header><cwmp:ID soap:mustUnderstand="1">1</cwmp:ID>'
            f"{header}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>")


INFORM_RESPONSE = envelope("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>")
GET_RPC_METHODS = envelope("<cwmp:GetRPCMethods/>")


def reply(status="200 OK", body="", headers=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", *headers]
    if body:
        lines.append('Content-Type: text/xml; charset="utf-8"')
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Inform:
    def __init__(self, body, at):
        self.serial = re.search(r"<SerialNumber>([^<]*)", body)[1]
        self.retry_count = int(re.search(r"<RetryCount>(\d+)", body)[1])
        self.events = re.findall(r"<EventCode>([^<]*)", body)
        self.at = at  # seconds since the ACS was made


class Request:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.is_inform = "<cwmp:Inform>" in body or ":Inform>" in body


class Connection:
    """What a behaviour works with: the client's end and whatever it wants to keep."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.notes = {}

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    def reset(self):
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def well_behaved(request, connection):
    await connection.send(reply(body=INFORM_RESPONSE) if request.is_inform else reply("204 No Content"))


class Acs:
    """One thread. `behaviour(request, connection)` answers a POST; a false result keeps the connection, a true one
    closes it. `informs` is what came, in order; `requests` counts POSTs."""

    def __init__(self, behaviour=well_behaved, port=0):
        self.behaviour, self.port = behaviour, port
        self.informs, self.requests = [], 0
        self.origin = time.monotonic()
        self.contacted = threading.Event()
        self._loop = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise AssertionError("the test's ACS did not start")

    def stop(self):
        """Closes the listener and cuts every connection, as a killed process does."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
            self._loop = None

    async def _serve(self, ready):
        self._loop, self._stop, tasks = asyncio.get_running_loop(), asyncio.Event(), set()

        async def accept(reader, writer):
            tasks.add(asyncio.current_task())
            connection = Connection(reader, writer)
            try:
                while not await self._exchange(connection):
                    pass
            except (OSError, EOFError, asyncio.CancelledError):
                pass  # the client went away, or the test is over
            finally:
                tasks.discard(asyncio.current_task())
                writer.close()

        # Large lines are for clients that send them, not for us to refuse.
        server = await asyncio.start_server(accept, "127.0.0.1", self.port, limit=1 << 20, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _exchange(self, connection):
        head = (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:]) if k}
        body = (await connection.reader.readexactly(int(headers.get("content-length", 0)))).decode()
        request = Request(head[0].split(" ")[1], headers, body)
        self.requests += 1
        if request.is_inform:
            self.informs.append(Inform(body, time.monotonic() - self.origin))
            self.contacted.set()
        return await self.behaviour(request, connection)
