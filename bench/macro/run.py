#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time per minimal session: cpefleet against a raw epoll client that replays the bytes cpefleet sends.

The stub ACS runs on one core, the clients in turn on another, in a network namespace of their own. Every round runs
both clients, so that what drifts on a shared machine drifts for both; the figure to compare is the ratio raw /
cpefleet.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# --- the command measured: the one place to change when cpefleet's command line does -------------------------------
CPEFLEET = (
    "{cpefleet} run --profile gxp2170 --count {count} --rate {rate}/s --duration {seconds}s --known --threads 1 --drain 2s --quiet"
    " --acs http://127.0.0.1:{port}/ --json {json}"
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
INSIDE = "BENCH_NAMESPACE"  # set for the second start, inside the namespace
FOREIGN_LIMIT = 0.15  # cores that others may use during a run before it is thrown away
TICKS = os.sysconf("SC_CLK_TCK")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/bench", help="build directory (release)")
    parser.add_argument("--cpefleet", type=pathlib.Path, help="the program (default: BUILD/sim/cpefleet)")
    parser.add_argument("--command", default=CPEFLEET, help="the whole command line of cpefleet")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--count", type=int, default=20000, help="devices")
    parser.add_argument("--rate", type=int, default=20000, help="sessions planned per second: more than a core can do")
    parser.add_argument("--concurrency", type=int, default=32, help="sessions under way in the raw client")
    parser.add_argument("--client-core", default="0")
    parser.add_argument("--stub-core", default="1")
    parser.add_argument("--blocking", action="store_true", help="the stub sleeps in epoll instead of busy-polling")
    parser.add_argument("--no-namespace", action="store_true", help="measure in the network as it is")
    parser.add_argument("--out", type=pathlib.Path, help="write all figures as JSON (for compare.py)")
    return parser.parse_args()


# --- a quiet place -------------------------------------------------------------------------------------------------


def enter_namespace():
    """Starts this script again in a network namespace where nobody else has ports; comes back only where it cannot."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    possible = shutil.which("unshare") and shutil.which("ip") and subprocess.run(
        unshare + ["ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode == 0
    if not possible:
        print("no private network namespace here: ports are shared with the rest of the machine", file=sys.stderr)
        return
    os.environ[INSIDE] = "1"
    os.execvp(unshare[0], unshare + [sys.executable, *sys.argv])


def prepare_namespace():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # One source address has some 28,000 ports, and the closing side keeps each for a minute: without this the search
    # for a free one is what would be measured.
    for name, value in (("tcp_tw_reuse", "1"), ("ip_local_port_range", "1024 65535")):
        try:
            pathlib.Path("/proc/sys/net/ipv4", name).write_text(value, encoding="ascii")
        except OSError as error:
            print(f"{name} stays as it is: {error}", file=sys.stderr)


def machine_busy():
    """CPU seconds the whole machine has spent, idle and stolen time left out."""
    fields = [int(x) for x in pathlib.Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:7])) / TICKS


# --- one run -------------------------------------------------------------------------------------------------------


def pinned(core, command):
    return ["taskset", "-c", core, *map(str, command)]


class Stub:
    def __init__(self, args, record=None):
        command = [args.build / "bench/raw/stub_acs", "--seconds", args.seconds * 4 + 120]
        command += [] if args.blocking else ["--busy-poll"]
        command += ["--record", record] if record else []
        self.process = subprocess.Popen(pinned(args.stub_core, command), stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline().split()
        if len(first) != 2 or first[0] != "port":
            sys.exit("the stub ACS did not start")
        self.port = int(first[1])

    def stop(self):
        self.process.terminate()
        return json.loads(self.process.communicate()[0])


def run_pinned(core, command, timeout):
    """Runs to the end; stdout and the CPU seconds it took, its children included."""
    process = subprocess.Popen(pinned(core, command), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + timeout
    with process.stdout as out, process.stderr as err:
        os.set_blocking(out.fileno(), False)
        os.set_blocking(err.fileno(), False)
        texts = {out: b"", err: b""}
        while True:
            for stream in texts:
                texts[stream] += stream.read() or b""
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                process.kill()
                os.wait4(process.pid, 0)
                sys.exit(f"{command[0]} did not end within {timeout} s")
            time.sleep(0.05)
        for stream in texts:
            texts[stream] += stream.read() or b""
    process.returncode = os.waitstatus_to_exitcode(status)
    # A threshold or the generator's health may fail the run, not the figure.
    if process.returncode not in (0, 1, 98, 99):
        sys.exit(f"{shlex.join(map(str, command))}: exit {process.returncode}\n{texts[err].decode(errors='replace')}")
    return texts[out].decode(errors="replace"), usage.ru_utime, usage.ru_stime


def cpefleet_command(args, port, out, **changes):
    values = {"cpefleet": args.cpefleet, "count": args.count, "rate": args.rate, "seconds": args.seconds, "port": port,
              "json": out}
    return shlex.split(args.command.format(**{**values, **changes}))


def problems_of(stub, sessions):
    """What makes a run worth nothing."""
    found = [f"{stub[name]} {name}" for name in ("bad_cookies", "bad_requests", "cut_sessions") if stub[name]]
    return found if sessions else [*found, "no session at all"]


def measured(args, run):
    """One run between two looks at the machine; `run` gets the port and gives its output and CPU seconds."""
    stub = Stub(args)
    busy, begin = machine_busy(), time.monotonic()
    _, user, system = run(stub.port)
    wall = time.monotonic() - begin
    busy = machine_busy() - busy
    counts = stub.stop()
    # The stub's own count of sessions serves both clients, and believes neither. Its CPU stands for its core.
    foreign = max(0.0, busy - user - system - counts["cpu_s"]) / wall
    sessions = counts["sessions"]
    each = 1e6 / max(1, sessions)
    return {"sessions": sessions, "wall_s": round(wall, 3), "cpu_us": (user + system) * each, "user_us": user * each,
            "sys_us": system * each, "foreign_cores": round(foreign, 3), "problems": problems_of(counts, sessions)}


def raw_round(args, work):
    command = [args.build / "bench/raw/raw_client", "--inform", work / "first.inform", "--empty", work / "first.empty",
               "--concurrency", args.concurrency, "--seconds", args.seconds, "--port"]

    def run(port):
        result = run_pinned(args.client_core, [*command, port], args.seconds + 30)
        if json.loads(result[0])["errors"]:
            print(f"  raw: {result[0].strip()}", file=sys.stderr)
        return result

    return measured(args, run)


def cpefleet_round(args, work, start_cpu):
    def run(port):
        return run_pinned(args.client_core, cpefleet_command(args, port, work / "run.json"), args.seconds * 3 + 60)

    result = measured(args, run)
    result["net_cpu_us"] = result["cpu_us"] - start_cpu * 1e6 / max(1, result["sessions"])
    return result


def quiet_round(name, run):
    """Repeats a run that others disturbed, three times at most; the last one counts whatever it is."""
    for _ in range(3):
        result = run()
        if result["foreign_cores"] <= FOREIGN_LIMIT:
            break
        print(f"  {name}: disturbed, others used {result['foreign_cores']:.2f} cores", file=sys.stderr)
    for problem in result["problems"]:
        print(f"  {name}: {problem}", file=sys.stderr)
    return result


# --- all of it -----------------------------------------------------------------------------------------------------


def record_bytes(args, work):
    """One session of one device, its bytes kept; also what starting the program costs, in CPU seconds."""
    stub = Stub(args, record=work / "first")
    command = cpefleet_command(args, stub.port, work / "first.json", rate=1, seconds=1)
    _, user, system = run_pinned(args.client_core, command, 120)
    if stub.stop()["sessions"] == 0 or not (work / "first.empty").exists():
        sys.exit("cpefleet completed no session with the stub ACS: nothing to replay")
    return user + system


def median_and_spread(values):
    median = statistics.median(values)
    return median, statistics.median(abs(v - median) for v in values)


def summarise(rounds):
    summary = {}
    for key, figures in {
            "raw_cpu_us": [r["raw"]["cpu_us"] for r in rounds],
            "cpefleet_cpu_us": [r["cpefleet"]["cpu_us"] for r in rounds],
            "cpefleet_net_cpu_us": [r["cpefleet"]["net_cpu_us"] for r in rounds],
            "ratio": [r["raw"]["cpu_us"] / r["cpefleet"]["cpu_us"] for r in rounds],
            "net_ratio": [r["raw"]["cpu_us"] / r["cpefleet"]["net_cpu_us"] for r in rounds],
    }.items():
        median, spread = median_and_spread(figures)
        summary[key] = {"median": round(median, 4), "mad": round(spread, 4), "min": round(min(figures), 4),
                        "max": round(max(figures), 4)}
    return summary


def context(args):
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True,
                            check=False).stdout.strip()
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                if line.startswith("model name")), "?")
    return {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "commit": commit,
            "cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(), "stub": "blocking" if args.blocking else
            "busy-poll", "rate": args.rate, "count": args.count, "seconds": args.seconds,
            "concurrency": args.concurrency, "namespace": INSIDE in os.environ}


def main():
    args = parse_arguments()
    args.cpefleet = args.cpefleet or args.build / "sim/cpefleet"
    for program in (args.cpefleet, args.build / "bench/raw/stub_acs", args.build / "bench/raw/raw_client"):
        if not program.exists():
            sys.exit(f"{program} is not there: cmake --preset bench && cmake --build --preset bench")
    if INSIDE in os.environ:
        prepare_namespace()
    elif not args.no_namespace:
        enter_namespace()

    with tempfile.TemporaryDirectory(prefix="cpefleet-bench-") as directory:
        work = pathlib.Path(directory)
        start_cpu = record_bytes(args, work)
        print(f"starting {args.count} devices and one session: {start_cpu * 1e3:.0f} ms of CPU")
        print("round  raw us  cpefleet us  (net)  ratio  (net)  sessions raw/cpefleet")
        rounds = []
        for number in range(1, args.rounds + 1):
            pair = {"raw": quiet_round("raw", lambda: raw_round(args, work)),
                    "cpefleet": quiet_round("cpefleet", lambda: cpefleet_round(args, work, start_cpu))}
            rounds.append(pair)
            raw, own = pair["raw"], pair["cpefleet"]
            print(f"{number:5}  {raw['cpu_us']:6.1f}  {own['cpu_us']:11.1f}  {own['net_cpu_us']:5.1f}"
                  f"  {raw['cpu_us'] / own['cpu_us']:5.2f}  {raw['cpu_us'] / own['net_cpu_us']:5.2f}"
                  f"  {raw['sessions']}/{own['sessions']}", flush=True)
    summary = summarise(rounds)
    for name, figure in summary.items():
        print(f"{name:20} median {figure['median']:8.2f}  MAD {figure['mad']:6.2f}"
              f"  {figure['min']:.2f}..{figure['max']:.2f}")
    valid = not any(run["problems"] for pair in rounds for run in pair.values())
    if args.out:
        document = {"context": context(args), "valid": valid, "start_cpu_s": start_cpu, "rounds": rounds,
                    "summary": summary}
        args.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if not valid:
        sys.exit("at least one run had errors: the figures are worth nothing")


if __name__ == "__main__":
    main()
