#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the includes of src/, and the DEPENDS of its modules, to src/cmake/layers.txt."""
import re
from graphlib import CycleError, TopologicalSorter

import project

LAYERS = "src/cmake/layers.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
MODULE = re.compile(r"cpefleet_add_module\(\s*(\w+)([^)]*)\)")
KEYWORDS = {"SOURCES", "DEPENDS", "LIBRARIES", "PRIVATE_LIBRARIES"}
# Tests of the program itself may include it; nothing else may.
MAY_INCLUDE_SIM = ("sim/", "tests/cli/", "tests/unit/sim/")


def read_layers(root):
    allowed, guarded, lines = {}, {}, {}
    for number, line in enumerate(project.read(root, LAYERS).splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        key, _, names = line.rpartition(":")
        if key.startswith("<"):
            guarded[key[1:]] = set(names.split())
        else:
            allowed[key] = set(names.split())
            lines[key] = number
    return allowed, guarded, lines


def check_depends(root, allowed):
    for name in project.files(root, ("CMakeLists.txt",)):
        if not name.startswith("src/"):
            continue
        text = re.sub(r"#[^\n]*", "", project.read(root, name))
        for match in MODULE.finditer(text):
            module, depends, keyword = match[1], set(), None
            for word in match[2].split():
                if word in KEYWORDS:
                    keyword = word
                elif keyword == "DEPENDS":
                    depends.add(word)
            line = text[:match.start()].count("\n") + 1
            if module not in allowed:
                yield name, line, f"module {module} is not in {LAYERS}"
            elif depends != allowed[module]:
                odd = ", ".join(sorted(depends ^ allowed[module]))
                yield name, line, f"DEPENDS of {module} and {LAYERS} differ in: {odd}"


def check_include(name, bracket, header, allowed, guarded):
    parts = name.split("/")
    where = parts[1] if parts[0] == "src" else parts[0]
    if bracket == "<":
        if parts[0] not in ("src", "sim"):
            return None
        for prefix, modules in guarded.items():
            if re.match(re.escape(prefix) + r"(\W|$)", header) and where not in modules:
                return f"<{header}> belongs to {', '.join(sorted(modules))}"
        return None
    if header.startswith("sim/") or "/sim/" in header:
        return None if name.startswith(MAY_INCLUDE_SIM) else "nothing includes sim"
    if parts[0] != "src":
        return None
    module = header.split("/")[0]
    if module not in allowed or "/" not in header:
        return f'"{header}": includes are written from the root of src'
    if module != where and module not in allowed.get(where, set()):
        return f"{where} may not include {module} ({LAYERS})"
    return None


def main():
    root = project.arguments(__doc__).root
    allowed, guarded, lines = read_layers(root)
    findings = list(check_depends(root, allowed))
    try:
        tuple(TopologicalSorter(allowed).static_order())
    except CycleError as error:
        findings.append((LAYERS, lines.get(error.args[1][0], 1), "a cycle: " + " -> ".join(error.args[1])))
    for module, uses in allowed.items():
        findings += [(LAYERS, lines[module], f"{use} is no module") for use in uses - allowed.keys()]
    names = [n for n in project.files(root, project.CPP) if n.startswith(("src/", "sim/", "tests/", "bench/"))]
    for name in names:
        parts = name.split("/")
        if parts[0] == "src" and parts[1] not in allowed:
            findings.append((name, 1, f"{parts[1]} is not in {LAYERS}"))
            continue
        for number, line in enumerate(project.read(root, name).splitlines(), 1):
            match = INCLUDE.match(line)
            wrong = match and check_include(name, match[1], match[2], allowed, guarded)
            if wrong:
                findings.append((name, number, wrong))
    project.finish(findings, len(names))


main()
