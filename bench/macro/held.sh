#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Memory and CPU of sessions that a slow ACS keeps open: N sessions wait for an InformResponse that takes a minute.
#
#   held.sh [N]       N defaults to 5000; BUILD names the build directory (default build/bench)
set -euo pipefail

count=${1:-5000}
root=$(cd "$(dirname "$0")/../.." && pwd)
cpefleet=${BUILD:-$root/build/bench}/sim/cpefleet
work=$(mktemp -d)
acs= run=
finish() {
  for pid in $run $acs; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

"$cpefleet" acs --listen 127.0.0.1:0 --delay 55s --for 3m 2>"$work/acs" >/dev/null &
acs=$!
for _ in $(seq 100); do grep -q http "$work/acs" 2>/dev/null && break; sleep 0.1; done
url=$(grep -o 'http://[^ ]*' "$work/acs")

# All devices exist from the start; the first session begins with the first tick.
"$cpefleet" run --profile gxp2170 --count "$count" --rate "$((count / 10))/s" --known --acs "$url" --drain 50s \
  --quiet >"$work/summary" 2>&1 &
run=$!
sleep 0.4
pss() { awk '/^Pss:/ { print $2 }' "/proc/$run/smaps_rollup"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$run/stat"; }
sockets() { find "/proc/$run/fd" -lname 'socket:*' 2>/dev/null | wc -l; }
before=$(pss) open_before=$(sockets)
sleep 15
held=$(($(sockets) - open_before))
after=$(pss)
busy=$(ticks)
sleep 20
busy=$(($(ticks) - busy))
awk -v b="$before" -v a="$after" -v n="$held" -v t="$busy" -v hz="$(getconf CLK_TCK)" 'BEGIN {
  printf "%d sessions held: %.1f KiB each (Pss %d kB -> %d kB)\n", n, (a - b) / n, b, a
  printf "CPU while they wait: %.2f %% of a core, %.2f us per session and second\n", t / hz / 20 * 100, t / hz / 20 / n * 1e6
}'
