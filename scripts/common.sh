# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the other scripts: where the project is, how many jobs fit, where the compiler cache is.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

# Results of earlier builds, also those of other clones, are used again.
export CCACHE_DIR="${CCACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ccache}"
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

say() { printf '\n=== %s\n' "$*" >&2; }

# build_jobs [MIB]: one job per core, but no more than the free memory holds at MIB each (a coroutine source at -O2 with
# sanitizers takes well over a gigabyte).
build_jobs() {
  local per_job=${1:-1500} cores available
  cores=$(nproc)
  available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  local fit=$((available / per_job))
  ((fit < 1)) && fit=1
  echo $((fit < cores ? fit : cores))
}
