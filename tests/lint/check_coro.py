#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No aggregate and no capturing lambda may be made inside an expression with co_await.

GCC 12 destroys the members of such a temporary twice. Name it before, move it in, or give the type a constructor; what
is safe nevertheless says so: `// coro-ok: why`, on the statement or on the line before it.
"""
import re

import project

CAPTURE = re.compile(r"(?<![\w\])>\[])\s*(\[)\s*[^\]\[\s][^\]\[]*\]\s*(?=[({<]|mutable\b|->)")
BRACED = re.compile(r"(?:\b([A-Za-z_][\w:]*)\s*(?:<[^;{}()]*>)?|[(,?:=]|\breturn)\s*(\{)")
# Not aggregates, however they are written. `co_await T` in braces is caught by its outer statement.
NO_AGGREGATES = re.compile(r"(std::)?(chrono::\w+|string|string_view|u?int\d+_t|size_t|optional|nullopt|byte)$"
                           r"|Duration$|TimePoint$|(std::)?(unique|shared)_ptr$")
OK = re.compile(r"//\s*coro-ok:\s*\S")
BLOCK_WORDS = {"else", "do", "try", "const", "noexcept", "mutable", "override", "final"}
LITERALS = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
                      re.S)


def blank(match):
    """Comments and literals become spaces, so that offsets and lines stay."""
    return re.sub(r"[^\n]", " ", match[0])


def opens_block(text, brace):
    """Whether the { at `brace` begins statements: a body, a branch, a lambda, a namespace. Otherwise it initialises."""
    before = text[:brace].rstrip()
    if not before or before[-1] in ")];{}:":
        return True
    head = re.split(r"[;{}]", before)[-1]
    word = re.search(r"(\w+)$", before)
    if word and word[1] in BLOCK_WORDS:
        return True
    if re.match(r"\s*(template\s*<.*>\s*)?(namespace|struct|class|enum|union|extern)\b", head):
        return True
    # A trailing return type that ends here: `-> awaitable<void> {`.
    return re.search(r"->\s*[\w:]+\s*(<.*>)?[\s*&]*$", head, re.S) is not None and ")" in head


def braces(text):
    """Every { with its } and whether it opens a block."""
    stack, pairs = [], {}
    for match in re.finditer(r"[{}]", text):
        if match[0] == "{":
            stack.append((match.start(), opens_block(text, match.start())))
        elif stack:
            start, block = stack.pop()
            pairs[start] = (match.start(), block)
    return pairs


def statement(text, pairs, at):
    """The full statement around `at`, within its innermost block; the bodies of lambdas and blocks in it are blanked."""
    blocks = [(start, end) for start, (end, block) in pairs.items() if block]
    outer_start, outer_end = max(((s, e) for s, e in blocks if s < at < e), default=(-1, len(text)))
    body = list(text[outer_start + 1:outer_end])
    for start, end in blocks:
        if outer_start < start and end < outer_end:
            for i in range(start - outer_start, end - outer_start - 1):
                if body[i] != "\n":
                    body[i] = " "
    flat, at = "".join(body), at - outer_start - 1
    first, depth = 0, 0
    for i, character in enumerate(flat):
        closes_block = character == "}" and ends_statement(flat, i, pairs, outer_start + 1)
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth <= 0 and (character == ";" or closes_block):
            if i > at:
                return outer_start + 1 + first, flat[first:i + 1]
            first = i + 1
    return outer_start + 1 + first, flat[first:]


def ends_statement(flat, brace, pairs, offset):
    start = next((s for s, (e, block) in pairs.items() if e == brace + offset and block), None)
    return start is not None and not re.match(r"\s*[),;.(]", flat[brace + 1:])


def check(name, source):
    text = LITERALS.sub(blank, source)
    pairs, lines = braces(text), source.splitlines()
    for match in re.finditer(r"\bco_await\b", text):
        start, body = statement(text, pairs, match.start())
        hits = [m.start(1) for m in CAPTURE.finditer(body)]
        hits += [m.start(2) for m in BRACED.finditer(body) if is_aggregate(text, pairs, start, m)]
        begin = text[:start + len(body) - len(body.lstrip())].count("\n")
        end = text[:start + len(body)].count("\n")
        if not hits or any(OK.search(line) for line in lines[max(begin - 1, 0):end + 1]):
            continue
        line = text[:start + min(hits)].count("\n") + 1
        yield name, line, "an aggregate or capturing lambda is made in an expression with co_await: name it first"


def is_aggregate(text, pairs, start, match):
    end, block = pairs.get(start + match.start(2), (0, True))
    return not block and not (match[1] and NO_AGGREGATES.search(match[1]))


def main():
    root = project.arguments(__doc__.splitlines()[0]).root
    names = project.files(root, project.CPP)
    findings = []
    for name in names:
        source = project.read(root, name)
        if "co_await" in source:
            findings += check(name, source)
    project.finish(findings, len(names))


main()
