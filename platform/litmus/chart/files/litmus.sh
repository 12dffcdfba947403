# Makes the Secret that Litmus reads: the first account, made once, and the login of the database, as the Secret of the database says.
# Reads SECRET_NAME, ADMIN_USERNAME, DATABASE_SECRET and DATABASE_NAMESPACE.
set -euo pipefail

database() {
  kubectl --namespace "$DATABASE_NAMESPACE" get secret "$DATABASE_SECRET" --output "jsonpath={.data.$1}" | base64 -d
}

dir="$(mktemp -d)"
printf '%s' "$ADMIN_USERNAME" >"$dir/ADMIN_USERNAME"
if password="$(kubectl get secret "$SECRET_NAME" --output 'jsonpath={.data.ADMIN_PASSWORD}' 2>/dev/null)" && [ -n "$password" ]; then
  printf '%s' "$password" | base64 -d >"$dir/ADMIN_PASSWORD"
else
  pool="$(head -c 4096 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')"
  printf '%s-aA1' "${pool:0:20}" >"$dir/ADMIN_PASSWORD"
fi
database username >"$dir/DB_USER"
database password >"$dir/DB_PASSWORD"
test -s "$dir/DB_USER"
test -s "$dir/DB_PASSWORD"
kubectl create secret generic "$SECRET_NAME" --from-file="$dir" --dry-run=client --output yaml | kubectl apply --server-side --force-conflicts --filename -
