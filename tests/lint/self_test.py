#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that a lint finds what it should and nothing else: self_test.py NAME [ARGUMENTS OF THE LINT].

fixtures/NAME is a small tree of mistakes; its expected.txt has one `file:line` for each. `@@` in the files disappears
before the lint sees them (so that no search of this project finds the mistakes), `@@lines N@@` becomes N lines.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def prepare(source, target):
    shutil.copytree(source, target)
    for path in [p for p in target.rglob("*") if p.is_file()]:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"@@lines (\d+)@@\n", lambda m: "// one of many\n" * int(m[1]), text)
        path.write_text(text.replace("@@", ""), encoding="utf-8")
    expected = (target / "expected.txt").read_text(encoding="utf-8").split()
    (target / "expected.txt").unlink()
    return set(expected)


def run(lint, root, more):
    return subprocess.run([sys.executable, str(HERE / f"check_{lint}.py"), "--root", str(root), *more],
                          capture_output=True, text=True, check=False)


def main():
    lint, more = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        expected = prepare(HERE / "fixtures" / lint, tree)
        result = run(lint, tree, more)
        if result.returncode == 77:
            sys.exit(77)
        found = set(re.findall(r"^(\S+:\d+): ", result.stdout, re.M))
        for what, names in (("not found", expected - found), ("found but right", found - expected)):
            for name in sorted(names):
                print(f"{what}: {name}")
        if result.returncode != 1 or found != expected or not expected:
            sys.exit(f"check_{lint}.py left with {result.returncode}\n{result.stdout}{result.stderr}")
        empty = Path(scratch) / "empty"
        (empty / "src" / "cmake").mkdir(parents=True)
        (empty / "src" / "cmake" / "layers.txt").write_text("base:\n", encoding="utf-8")
        if lint != "words" and run(lint, empty, more).returncode == 0:
            sys.exit(f"check_{lint}.py is content with an empty tree")
    print(f"{len(expected)} mistakes found, nothing else")


main()
