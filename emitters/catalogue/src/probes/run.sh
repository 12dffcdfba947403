#!/bin/sh
# Runs the probes of a Sovereign against the cluster that kubectl points at, one after the other under one limit of ten minutes. When it
# is over, each probe that is left asks once more: what became ready meanwhile passes.
# Usage: run.sh [SOVEREIGN [SLOT...]], or SOVEREIGN_FQDN in the environment. Without slots all are asked but
# those that are opt-in, which not every Sovereign has.
# Reads PROBE_TIMEOUT, seconds for all probes together, and what lib.sh reads.
# Exit codes: 0 all are ready, 1 some are not, 2 wrong usage.

folder=$(dirname "$0")
sov=${1:-${SOVEREIGN_FQDN:-}}
[ $# -eq 0 ] || shift
if [ -z "$sov" ]; then
  echo "usage: run.sh SOVEREIGN [SLOT...], such as run.sh t38.omani.works 01 08" >&2
  exit 2
fi
all=no
[ $# -gt 0 ] || { all=yes && set -- '[0-9]*'; }

end=$(($(date +%s) + ${PROBE_TIMEOUT:-600}))
passed=0 failed=0
for slot in "$@"; do
  found=no
  # The pattern is to be expanded.
  # shellcheck disable=SC2231
  for script in "$folder"/$slot-*.sh; do
    [ -f "$script" ] || continue
    found=yes
    if [ "$all" = yes ] && grep -q '^# Opt-in' "$script"; then
      continue
    fi
    left=$((end - $(date +%s)))
    [ "$left" -gt 0 ] || left=0
    if PROBE_TIMEOUT=$left sh "$script" "$sov"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done
  if [ "$found" = no ]; then
    echo "there is no probe of slot $slot" >&2
    exit 2
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
