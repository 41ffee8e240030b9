#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs a build into a directory of its own and uses the program from there, with the data that was installed beside
# it: installed_program.sh CMAKE BUILD-DIRECTORY VERSION
set -euo pipefail
cmake=$1 build=$2 version=$3

prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
"$cmake" --install "$build" --prefix "$prefix" --component runtime >"$prefix/install.log"
program=$prefix/bin/cpefleet data=$prefix/share/cpefleet

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
cd "$prefix"
unset CPEFLEET_DATA

for file in "$program" "$prefix"/share/doc/cpefleet/{LICENSE,NOTICE,README.md}; do
  [[ -f $file ]] || fail "not installed: ${file#"$prefix"/}"
done

"$program" --version | grep -F "$version" || fail "--version does not say $version"
"$program" --help >/dev/null || fail "--help"

scenarios=("$data"/scenarios/*.yaml) profiles=("$data"/profiles/*.yaml)
[[ -f ${scenarios[0]} ]] || fail "no scenario is installed"
[[ -f ${profiles[0]} ]] || fail "no profile is installed"
"$program" lint "${scenarios[@]}" || fail "lint of the installed scenarios"
"$program" lint "${profiles[@]}" || fail "lint of the installed profiles"

# The source tree is the fallback and would answer for everything above: a scenario that only the installed data has.
sed 's/^name: .*/name: installed-marker/' "$data/scenarios/quickstart.yaml" >"$data/scenarios/installed-marker.yaml"
"$program" scenarios show installed-marker | grep -q installed-marker || fail "data beside the program is not found"

# What it needs from the system are packages of the set `runtime`.
if ldd "$program" | grep 'not found'; then fail "a library is missing"; fi
echo "installed program: ok"
