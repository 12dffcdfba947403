# Points the container runtime of every node to the local registry: applies the DaemonSet and waits until it has run everywhere.
. /scripts/lib.sh

kubectl -n "$NAMESPACE" apply --server-side --force-conflicts -f /manifests/registry-pivot.yaml
kubectl -n "$NAMESPACE" rollout status daemonset/cutover-registry-pivot --timeout=30m
