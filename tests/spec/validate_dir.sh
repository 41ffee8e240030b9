#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: validate_dir.sh DIR
# Holds every message in DIR, named *.v0.xml (CWMP 1.0) or *.v1.xml (1.1), against the official schema and against
# semantic.py. A directory without messages and a file of another name are errors: nobody meant that.
set -eu
here=$(dirname "$0")
directory=$1
failed=0
count=0
for minor in 0 1; do
  list=$(mktemp)
  find "$directory" -name "*.v$minor.xml" -type f -print0 | sort -z > "$list"
  if [ -s "$list" ]; then
    count=$((count + $(tr -cd '\0' < "$list" | wc -c)))
    xargs -0 -n 500 "$here/xsd/validate.sh" "$minor" < "$list" || failed=1
    xargs -0 -n 500 python3 "$here/xsd/semantic.py" < "$list" || failed=1
  fi
  rm -f "$list"
done
others=$(find "$directory" -name '*.xml' ! -name '*.v0.xml' ! -name '*.v1.xml' -type f)
if [ -n "$others" ]; then
  printf 'no version in the name:\n%s\n' "$others"
  failed=1
fi
if [ "$count" -eq 0 ]; then
  echo "no messages in $directory"
  failed=1
fi
[ "$failed" -eq 0 ] && echo "$count messages are valid"
exit "$failed"
