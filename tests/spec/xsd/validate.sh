#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: validate.sh 0|1 FILE...
# Holds SOAP messages against the official schema of CWMP 1.0 or 1.1; an unknown message or namespace is an error.
# Needs xmllint (libxml2-utils). Nothing is fetched. Silent when all is well.
set -eu
minor=$1
shift
directory=$(dirname "$0")
status=0
output=$(xmllint --nonet --noout --schema "$directory/driver-1-$minor-strict.xsd" "$@" 2>&1) || status=$?
printf '%s\n' "$output" | grep -v ' validates$' || :
exit "$status"
