#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source, script and CMake file names its licence in its first lines; third-party files keep their own words."""
import re

import project

SUFFIXES = project.CPP + (".h", ".cc", ".c", ".py", ".sh", ".cmake", "CMakeLists.txt", ".js", ".mjs")
OWN = "SPDX-License-Identifier: Apache-2.0"
THIRD_PARTY = re.compile(r"SPDX-License-Identifier: \S|\bLicen[cs]ed? under\b|\bPermission is hereby granted\b|"
                         r"\bRedistribution and use\b|@licen[cs]e\b")


def main():
    root = project.arguments(__doc__).root
    findings, looked_at = [], 0
    for name in project.files(root):
        text = project.read(root, name) if name.endswith(SUFFIXES) or "." not in name.split("/")[-1] else ""
        if not name.endswith(SUFFIXES) and not text.startswith("#!"):
            continue
        looked_at += 1
        lines = text.splitlines()
        own = any(OWN in line for line in lines[:2])
        if not own and not ("third_party/" in name and THIRD_PARTY.search("\n".join(lines[:40]))):
            findings.append((name, 1, f"the first line (the second after #!) must hold: {OWN}"))
    project.finish(findings, looked_at)


main()
