#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone. Objects go to --out, so that a compiler cache answers for what did not change."""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import project

HEAVY = re.compile(r"#\s*include\s*<boost/(?:asio|beast)\b")
QUOTED = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
FLAGS = ["-std=c++20", "-O0", "-g0", "-Wall", "-Wextra", "-Werror", "-c"]


def is_heavy(root, name, seen):
    """Whether the header reaches Asio: some ten times as slow to compile."""
    if name in seen or not (root / name).exists():
        return False
    seen.add(name)
    text = project.read(root, name)
    top = name.split("/")[0]
    return bool(HEAVY.search(text)) or any(is_heavy(root, f"{d}/{inner}", seen)
                                           for inner in QUOTED.findall(text) for d in {top, "src"})


def compile_alone(root, out, command, name):
    stub = out / (name.replace("/", "_") + ".cpp")
    text = f'#include "{name.split("/", 1)[1]}"\n'
    if not stub.exists() or stub.read_text() != text:
        stub.write_text(text)
    run = subprocess.run([*command, *FLAGS, "-I", str(root / "src"), "-I", str(root / name.split("/")[0]), str(stub),
                          "-o", str(stub.with_suffix(".o"))], capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return None
    error = re.search(r"^.*\berror:.*$", run.stderr, re.M)
    return name, 1, "does not compile alone: " + (error[0] if error else run.stderr.strip()[:200])


def main():
    args = project.arguments(__doc__, out={"type": project.Path, "required": True},
                             compiler={"required": True, "help": "with its launcher: 'ccache g++'"},
                             only={"choices": ["light", "asio"], "required": True}, jobs={"type": int, "default": 1})
    args.out.mkdir(parents=True, exist_ok=True)
    names = [n for n in project.files(args.root, (".hpp",)) if n.startswith(("src/", "sim/"))]
    names = [n for n in names if is_heavy(args.root, n, set()) == (args.only == "asio")]
    if not names and args.only == "asio":
        sys.exit(0)
    with ThreadPoolExecutor(args.jobs) as pool:
        results = pool.map(lambda n: compile_alone(args.root, args.out, args.compiler.split(), n), names)
        findings = [r for r in results if r]
    project.finish(findings, len(names))


main()
