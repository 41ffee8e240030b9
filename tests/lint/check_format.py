#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C++ file is as clang-format-14 writes it; --fix writes it so."""
import re
import shutil
import subprocess
import sys

import project

TOOL = "clang-format-14"
SKIP_CODE = 77
STYLE = project.Path(__file__).resolve().parents[2] / ".clang-format"


def main():
    args = project.arguments(__doc__, fix={"action": "store_true"})
    if not shutil.which(TOOL):
        print(f"{TOOL} is not installed: scripts/install-deps test")
        sys.exit(SKIP_CODE)
    names = [n for n in project.files(args.root, project.CPP) if "third_party/" not in n]
    action = ["-i"] if args.fix else ["--dry-run"]
    findings = []
    for i in range(0, len(names), 100):
        out = subprocess.run([TOOL, *action, f"--style=file:{STYLE}", *names[i:i + 100]], cwd=args.root, capture_output=True,
                             text=True, check=False)
        if out.returncode != 0:
            sys.exit(out.stderr)
        for match in re.finditer(r"^(.+?):(\d+):\d+: warning: code should be clang-formatted", out.stderr, re.M):
            findings.append((match[1], int(match[2]), "not formatted: scripts/format"))
    project.finish(findings, len(names))


main()
