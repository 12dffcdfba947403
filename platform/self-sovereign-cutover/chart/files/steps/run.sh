# Runs one step and keeps the status. A step may run again: each compares before it writes.
set -euo pipefail
. /scripts/lib.sh

timestamp() { date -u +%Y-%m-%dT%H:%M:%SZ; }

if [ "$NUMBER" = 1 ]; then
  status startedAt "$(timestamp)" finishedAt "" cutoverComplete false
fi
status step "$STEP" "$STEP" "running-$RUN"
if ! sh -euo pipefail "/scripts/$STEP.sh"; then
  status "$STEP" "failed-$RUN"
  exit 1
fi
status "$STEP" "done-$RUN"
if [ "$NUMBER" = "$STEPS" ]; then
  status finishedAt "$(timestamp)" cutoverComplete true
fi
