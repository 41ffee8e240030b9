#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Memory and CPU of many files at once: N devices fetch an image of the built-in ACS, all of them together.
#
#   files.sh [N [SIZE [SPEED]]]     1000, 20MB, 300MB/s for the fleet; BUILD names the build directory (build/bench)
set -euo pipefail

count=${1:-1000}
size=${2:-20MB}
speed=${3:-300MB/s}
root=$(cd "$(dirname "$0")/../.." && pwd)
cpefleet=${BUILD:-$root/build/bench}/sim/cpefleet
work=$(mktemp -d)
acs=
run=
finish() {
  for pid in $run $acs; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

"$cpefleet" acs --listen 127.0.0.1:0 --download "firmware:9.9.9.9:$size" --for 5m 2>"$work/acs" >"$work/said" &
acs=$!
for _ in $(seq 100); do grep -q http "$work/acs" 2>/dev/null && break; sleep 0.1; done
url=$(grep -o 'http://[^ ]*' "$work/acs")

cat >"$work/files.yaml" <<EOF
version: 1
name: files
limits: { files: $count, file_speed: $speed }
fleet: [ { group: phones, profile: gxp2170, count: $count, start: known, transfers: { flash_time: 1s } } ]
phases: [ { name: inform, do: periodic, arrivals: { once: { rate: 500/s } } } ]
EOF
"$cpefleet" run "$work/files.yaml" --acs "$url" --drain 4m --connection-requests off --quiet >"$work/summary" 2>&1 &
run=$!
most=0
while kill -0 "$run" 2>/dev/null; do
  cpu=$(awk '{ print ($14 + $15) / 100 }' "/proc/$run/stat" 2>/dev/null) || break
  rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$run/status" 2>/dev/null) || break
  if [[ -n $rss && $rss -gt $most ]]; then most=$rss; fi
  [[ -n $cpu ]] && last=$cpu
  sleep 0.2
done
wait "$run" || true
run=
kill -TERM "$acs"
wait "$acs" 2>/dev/null || true
acs=
grep -A12 '^FILES' "$work/summary"
grep ', ran ' "$work/summary"
grep '^transfers asked' "$work/said"
echo "$count files of $size at $speed: at most $((most / 1024)) MiB resident, $((most / count)) KiB a file; CPU ${last} s"
