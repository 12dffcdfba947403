# Writes the Secret that dependents read: host, port and, where there is one, the password.
# Reads CONNECTION_SECRET, CONNECTION_HOST, CONNECTION_PORT and AUTH_SECRET (empty: no password).
set -euo pipefail

dir="$(mktemp -d)"
printf '%s' "$CONNECTION_HOST" >"$dir/host"
printf '%s' "$CONNECTION_PORT" >"$dir/port"
if [ -n "$AUTH_SECRET" ]; then
  # Made by another Job, perhaps a moment later: without it this run fails and is tried again.
  kubectl get secret "$AUTH_SECRET" --output 'jsonpath={.data.valkey-password}' | base64 -d >"$dir/password"
  test -s "$dir/password"
fi
kubectl create secret generic "$CONNECTION_SECRET" --from-file="$dir" --dry-run=client --output yaml | kubectl apply --server-side --force-conflicts --filename -
