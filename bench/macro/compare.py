#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Before and after, from two files of `run.py --out`, as a table for a change's description.

A figure is called changed when it moved by more than 5 % and by more than three times the larger MAD. Exit code 1 when
the ratio to the raw client got worse by that measure.
"""

import argparse
import json
import pathlib
import sys


def verdict(before, after, higher_is_better):
    change = (after["median"] - before["median"]) / before["median"]
    noise = 3 * max(before["mad"], after["mad"]) / before["median"]
    if abs(change) <= max(0.05, noise):
        return change, "same"
    return change, "better" if (change > 0) == higher_is_better else "WORSE"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    args = parser.parse_args()
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (args.before, args.after))
    for name, run in (("before", before), ("after", after)):
        if not run["valid"]:
            sys.exit(f"{name}: a run with errors cannot be compared")
    for key in ("cpu", "stub", "rate", "count", "concurrency", "namespace"):
        if before["context"][key] != after["context"][key]:
            print(f"not alike: {key} {before['context'][key]} / {after['context'][key]}", file=sys.stderr)

    worse = False
    print("| figure | before | after | change | |\n| --- | --- | --- | --- | --- |")
    for name, old in before["summary"].items():
        new = after["summary"][name]
        change, word = verdict(old, new, name.endswith("ratio"))
        worse |= name == "ratio" and word == "WORSE"
        print(f"| {name} | {old['median']:.2f} ± {old['mad']:.2f} | {new['median']:.2f} ± {new['mad']:.2f} |"
              f" {change:+.1%} | {word} |")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
