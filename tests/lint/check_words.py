#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No file speaks of one machine's paths or package mirrors, and no mark says that something is still to be done."""
import re

import project

# Spelled so that no pattern finds itself here.
FORBIDDEN = [
    (re.compile(r"(?<![\w.}])/(?:work|home|Users)/\w"), "the path of one machine"),
    (re.compile(r"\b(?:deb|security|snapshot|ftp(?:\.\w+)?)\.debian\.org\b|\bregistry\.(?:npmjs|yarnpkg)\.\w|"
                r"\bpypi\.org\b|\bfiles\.pythonhosted\.org\b|\bproxy\.golang\.org\b|\bcrates\.io\b", re.I),
     "the host of a package registry: that is the machine's configuration"),
    (re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b"), "a mark of something left to do: do it, or file an issue"),
    (re.compile(r"^(?:<{7}|>{7}|={7})(?: |$)"), "a conflict mark"),
]
BINARY = (".png", ".gz", ".bin", ".pem", ".der", ".ico")


def main():
    root = project.arguments(__doc__).root
    findings, looked_at = [], 0
    for name in project.files(root):
        if name.endswith(BINARY) or "/corpus/" in name or "third_party/" in name:
            continue
        looked_at += 1
        for number, line in enumerate(project.read(root, name).splitlines(), 1):
            for pattern, what in FORBIDDEN:
                match = pattern.search(line)
                if match:
                    findings.append((name, number, f"'{match[0]}' is {what}"))
    project.finish(findings, looked_at)


main()
