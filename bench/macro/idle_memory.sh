#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Memory of one idle device: (Pss with N devices - Pss with none) / N, of a process that holds N devices with their
# timers armed. The process prints a line that begins with `ready` when creation has ended, and then waits.
#
#   idle_memory.sh [N]          N defaults to 1000000
#   IDLE_DEVICES="program args" the process; {count} is replaced by the number of devices
set -euo pipefail

count=${1:-1000000}
root=$(cd "$(dirname "$0")/../.." && pwd)
idle_devices=${IDLE_DEVICES:-"${BUILD:-$root/build/bench}/bench/macro/idle_devices --count {count}"}
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true' EXIT

# Starts the process with $1 devices and leaves its Pss in kB in $pss, the line it printed in $ready.
measure() {
  read -ra command <<<"${idle_devices//\{count\}/$1}"
  coproc IDLE { exec "${command[@]}"; }
  pid=$IDLE_PID
  ready=
  while [[ $ready != ready* ]]; do
    IFS= read -r -t 120 -u "${IDLE[0]}" ready || { echo "${command[0]}: not ready" >&2; exit 1; }
  done
  pss=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
  kill "$pid"
  wait "$pid" 2>/dev/null || true
  pid=
}

measure 0
none=$pss
measure "$count"
echo "$ready"
echo "Pss at 0: $none kB, at $count: $pss kB"
awk -v none="$none" -v all="$pss" -v n="$count" \
  'BEGIN { printf "%.1f bytes per idle device\n", (all - none) * 1024 / n }'
