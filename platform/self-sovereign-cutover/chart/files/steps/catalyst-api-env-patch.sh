# Takes the fallback to the upstream catalogue out of the API. It is gone already where the chart was installed without it.
. /scripts/lib.sh

kubectl -n "$API_NAMESPACE" set env "deployment/$API_DEPLOYMENT" "$API_VARIABLE-"
kubectl -n "$API_NAMESPACE" rollout status "deployment/$API_DEPLOYMENT" --timeout=10m
