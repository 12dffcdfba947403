# Copies one value of a Secret of another namespace under the name and key that this release reads.
# Reads FROM_SECRET, FROM_NAMESPACE, FROM_KEY, SECRET_NAME and SECRET_KEY.
set -euo pipefail

dir="$(mktemp -d)"
kubectl --namespace "$FROM_NAMESPACE" get secret "$FROM_SECRET" --output "jsonpath={.data.$FROM_KEY}" | base64 -d >"$dir/$SECRET_KEY"
test -s "$dir/$SECRET_KEY"
kubectl create secret generic "$SECRET_NAME" --from-file="$dir" --dry-run=client --output yaml | kubectl apply --server-side --force-conflicts --filename -
