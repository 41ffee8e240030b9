#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which tests hold which items of checklist.csv: writes COVERAGE.md beside it. check_checklist.py of tests/lint compares.

A test holds the items that its name has in brackets, `[C-3, C-7]`, `[H-3] [H-4]` or `[P-60..P-63]`; a transcript those of
its line `holds:`; a Python test those in brackets anywhere in it. Tests of the built-in ACS (tests/unit/acs) hold nothing
of a CPE: what they name is only checked to exist. What no test holds stands in not_held.csv with the reason.
"""
import argparse
import csv
import re
import sys
from pathlib import Path
from typing import NamedTuple

SPEC = "tests/spec/"
CHECKLIST, NOT_HELD, TABLE = SPEC + "checklist.csv", SPEC + "not_held.csv", SPEC + "COVERAGE.md"
ID = re.compile(r"\b([A-Z])-(\d+)(?:\s*(?:\.\.|–|\bto\b)\s*(?:\1-)?(\d+))?")
BRACKETS = re.compile(r"\[\s*([A-Z]-\d[^\]\n]*)\]")
TEST_CASE = re.compile(r'\bTEST_CASE(?:_\w+)?\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Item(NamedTuple):
    section: str
    trust: str
    statement: str
    line: int


class Holder(NamedTuple):
    """A test that names an item."""
    file: str
    name: str


class Citation(NamedTuple):
    id: str
    file: str
    line: int
    holder: Holder


def ids(text):
    """All ids in a text without brackets; of a range, all of it."""
    for letter, first, last in ID.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{letter}-{number}"


def bracketed(text):
    return [i for inside in BRACKETS.findall(text) for i in ids(inside)]


def line_at(text, position):
    return text.count("\n", 0, position) + 1


def of_doctest(file, text):
    for match in TEST_CASE.finditer(text):
        name = "".join(STRING.findall(match[1])).replace('\\"', '"').replace("\\\\", "\\")
        holder = Holder(file, BRACKETS.sub("", name).strip())
        for item in bracketed(name):
            yield Citation(item, file, line_at(text, match.start()), holder)


def of_python(file, text):
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        begins = re.match(r"\s*def (test_\w+)", line)
        if begins:
            name = begins[1]
        elif re.match(r"(class|def) ", line):
            name = ""
        says = name.replace("_", " ").removeprefix("test ") or BRACKETS.sub("", line).strip(' "#.')
        for item in bracketed(line):
            yield Citation(item, file, number, Holder(file, says))


def of_transcript(file, text):
    name = re.search(r"^name:\s*(.*)$", text, re.M)
    holder = Holder(file, name[1].strip() if name else "")
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("holds:"):
            for item in ids(line):
                yield Citation(item, file, number, holder)


def reader_of(file):
    if file.startswith(("tests/lint/", SPEC)) or not file.startswith("tests/"):
        return None
    if file.endswith(".cwmp"):
        return of_transcript
    return {".cpp": of_doctest, ".py": of_python}.get(Path(file).suffix)


def citations(root, files):
    for file in files:
        read = reader_of(file)
        if read:
            yield from read(file, (root / file).read_text(encoding="utf-8", errors="replace"))


def rows(root, file):
    """(line, row) of a table without its first line; a statement never breaks over lines."""
    with open(root / file, encoding="utf-8", newline="") as table:
        return list(enumerate(csv.reader(table), 1))[1:]


class Coverage:
    def __init__(self, root, files):
        self.items = {row[0]: Item(*row[1:4], line) for line, row in rows(root, CHECKLIST)}
        self.reasons = {row[0]: (row[1].strip(), line) for line, row in rows(root, NOT_HELD)}
        self.cited = list(citations(root, files))
        self.holders = {item: [] for item in self.items}
        for citation in self.cited:
            held = self.holders.get(citation.id)
            if held is not None and not citation.file.startswith("tests/unit/acs/") and citation.holder not in held:
                held.append(citation.holder)
        for held in self.holders.values():
            held.sort()

    def mistakes(self):
        """(file, line, what) of everything wrong but for the table itself."""
        for c in self.cited:
            if c.id not in self.items:
                yield c.file, c.line, f"there is no item {c.id} in {CHECKLIST}"
        for item, (reason, line) in self.reasons.items():
            if item not in self.items:
                yield NOT_HELD, line, f"there is no item {item} in {CHECKLIST}"
            elif not reason:
                yield NOT_HELD, line, f"{item} has no reason"
        for item, (_, _, _, line) in self.items.items():
            if not self.holders[item] and item not in self.reasons:
                yield CHECKLIST, line, f"no test names {item}, and {NOT_HELD} has no reason for that"

    def table(self):
        held = [i for i in self.items if self.holders[i]]
        partly = [i for i in held if i in self.reasons]
        out = ["<!-- Written by tests/spec/coverage.py; do not edit. -->",
               "# Which tests hold which items of the checklist", "",
               f"{len(held)} of {len(self.items)} items are held by at least one test, {len(partly)} of them in part; "
               f"the others say why not. Items and sections: checklist.csv; reasons: not_held.csv.", ""]
        section = None
        for name, item in self.items.items():
            if item.section != section:
                section = item.section
                out += ["", f"## {section}", "", "| item | statement | held by |", "| --- | --- | --- |"]
            tests = [f"{holder.file.removeprefix('tests/')}: {holder.name}" for holder in self.holders[name]]
            if name in self.reasons:
                tests.append(("in part: " if tests else "no test: ") + self.reasons[name][0])
            out.append(f"| {name} | {cell(shortened(item.statement))} | {'<br>'.join(cell(t) for t in tests)} |")
        return "\n".join(out) + "\n"


def shortened(text, most=140):
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0].rstrip(",;:") + " ..."


def cell(text):
    """For a cell of a table; what stands in backticks is taken as it is."""
    parts = text.replace("|", "\\|").split("`")
    if len(parts) % 2 == 0:  # cut off inside
        parts = ["'".join(parts)]
    return "`".join(part if i % 2 else part.replace("<", "&lt;") for i, part in enumerate(parts))


def main():
    root = Path(__file__).resolve().parents[2]
    sys.path.insert(0, str(root / "tests" / "lint"))
    import project
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing", action="store_true", help="only list the items that no test names")
    options = parser.parse_args()
    coverage = Coverage(root, project.files(root))
    if options.missing:
        for name, item in coverage.items.items():
            if not coverage.holders[name]:
                print(name, item.statement if name not in coverage.reasons else "-- " + coverage.reasons[name][0])
        return
    (root / TABLE).write_text(coverage.table(), encoding="utf-8")
    for file, line, what in coverage.mistakes():
        print(f"{file}:{line}: {what}")


if __name__ == "__main__":
    main()
