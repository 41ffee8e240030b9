#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every item of the checklist has a test or a reason, no test names one that is not there, and COVERAGE.md is of today."""
import sys
from pathlib import Path

import project

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "spec"))
import coverage


def main():
    root = project.arguments(__doc__).root
    if not (root / coverage.CHECKLIST).is_file():
        project.finish([], 0)
    found = coverage.Coverage(root, project.files(root))
    findings = list(found.mistakes())
    table = root / coverage.TABLE
    if not table.is_file() or table.read_text(encoding="utf-8") != found.table():
        findings.append((coverage.TABLE, 1, "is not up to date: run tests/spec/coverage.py"))
    project.finish(findings, len(found.items))


main()
