#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A header has at most 300 lines, a source 600; aim for 150 and 400. Exceptions give a reason in size_allow.txt."""
import project

LIMITS = {".hpp": 300, ".cpp": 600}
ALLOW = "tests/lint/size_allow.txt"


def main():
    root = project.arguments(__doc__).root
    findings, allowed = [], {}
    lines = project.read(root, ALLOW).splitlines() if (root / ALLOW).exists() else []
    for number, line in enumerate(lines, 1):
        name, _, reason = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not reason.strip():
            findings.append((ALLOW, number, f"{name}: say why"))
        allowed[name.strip()] = number
    names = project.files(root, project.CPP)
    for name in names:
        length = len(project.read(root, name).splitlines())
        limit = LIMITS[name[-4:]]
        if length > limit and name not in allowed:
            findings.append((name, limit + 1, f"{length} lines, at most {limit}: split it by topic"))
        if length > limit:
            allowed.pop(name, None)
    findings += [(ALLOW, number, f"{name} needs no exception") for name, number in allowed.items()]
    project.finish(findings, len(names))


main()
