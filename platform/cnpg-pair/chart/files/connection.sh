# Writes the Secret that dependents read: the login that CloudNativePG made, with the address that callers are meant to use.
# Reads CONNECTION_SECRET, CONNECTION_HOST, CONNECTION_PORT and APP_SECRET (with the keys username, password and dbname).
set -euo pipefail

# Made when the servers stand: without it this run fails and is tried again.
app() {
  kubectl get secret "$APP_SECRET" --output "jsonpath={.data.$1}" | base64 -d
}

dir="$(mktemp -d)"
for key in username password dbname; do
  app "$key" >"$dir/$key"
  test -s "$dir/$key"
done
printf '%s' "$CONNECTION_HOST" >"$dir/host"
printf '%s' "$CONNECTION_PORT" >"$dir/port"
# Signs that mean something in an address are written as numbers.
password="$(jq --raw-input --slurp --raw-output @uri "$dir/password")"
printf 'postgresql://%s:%s@%s:%s/%s' "$(cat "$dir/username")" "$password" "$CONNECTION_HOST" "$CONNECTION_PORT" "$(cat "$dir/dbname")" >"$dir/uri"
kubectl create secret generic "$CONNECTION_SECRET" --from-file="$dir" --dry-run=client --output yaml | kubectl apply --server-side --force-conflicts --filename -
