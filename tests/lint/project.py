# SPDX-License-Identifier: Apache-2.0
"""What the lints share: which files the project has, and how findings are told."""
import argparse
import os
import subprocess
import sys
from pathlib import Path

SKIPPED_DIRECTORIES = {".git", "build", "out", "results", "node_modules", "__pycache__"}
FIXTURES = "tests/lint/fixtures/"  # bad on purpose
CPP = (".hpp", ".cpp")


def files(root, suffixes=None):
    """Paths relative to root, sorted: what git knows or would add; without git, what lies there."""
    if (root / ".git").exists():
        out = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, text=True, check=False)
        names = out.stdout.split("\0") if out.returncode == 0 else walk(root)
    else:
        names = walk(root)
    names = (n for n in set(names) if n and not n.startswith(FIXTURES) and (root / n).is_file())
    return sorted(n for n in names if suffixes is None or n.endswith(suffixes))


def walk(root):
    for directory, subdirectories, names in os.walk(root):
        subdirectories[:] = [d for d in subdirectories
                             if d not in SKIPPED_DIRECTORIES and not d.startswith("build-")]
        for name in names:
            yield str((Path(directory) / name).relative_to(root))


def read(root, name):
    return (root / name).read_text(encoding="utf-8", errors="replace")


def arguments(description, **extra):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="default: this project")
    for option, settings in extra.items():
        parser.add_argument("--" + option.replace("_", "-"), **settings)
    return parser.parse_args()


def finish(findings, looked_at):
    """Prints `file:line: what` and leaves with 1 when there is something. Nothing looked at is a failure too."""
    for name, line, what in sorted(set(findings)):
        print(f"{name}:{line}: {what}")
    if not looked_at:
        print("nothing to look at: wrong --root?")
    else:
        print(f"{looked_at} files, {len(set(findings))} findings")
    sys.exit(1 if findings or not looked_at else 0)
