# Blocks egress to the hosts that were left behind, and watches that everything still reconciles. The block is lifted in any case.
. /scripts/lib.sh

lift() { kubectl delete ciliumclusterwidenetworkpolicies.cilium.io cutover-egress-block --ignore-not-found --wait=false; }
trap lift EXIT

# All addresses of a host. One that does not resolve is out of reach already.
addresses() { { nslookup "$1" || true; } 2>/dev/null | awk '/^Name:/ {found = 1} found && /^Address/ {print $2}' | sort -u; }
# What the Sovereign's own hosts resolve to stays open, should an upstream stand behind the same address.
for host in "$GIT_HOST" "$REGISTRY_HOST"; do addresses "$host"; done | sort -u >/tmp/own
for host in $UPSTREAM_HOSTS; do addresses "$host"; done | sort -u | grep -vxFf /tmp/own >/tmp/blocked || true
if [ ! -s /tmp/blocked ]; then
  echo "no upstream host resolves: they are out of reach already"
else
  jq -Rn '{
    apiVersion: "cilium.io/v2", kind: "CiliumClusterwideNetworkPolicy", metadata: {name: "cutover-egress-block"},
    spec: {
      description: "Proof of the cutover: no pod reaches what the Sovereign has left behind.",
      endpointSelector: {},
      enableDefaultDeny: {ingress: false, egress: false},
      egressDeny: [{toCIDR: [inputs | . + (if contains(":") then "/128" else "/32" end)]}]
    }
  }' </tmp/blocked | kubectl apply --server-side -f -
fi

# Everything is fetched anew, from where it is said to come.
stamp="cutover-$RUN-$(date +%s)"
for kind in gitrepositories ocirepositories helmrepositories; do
  kubectl annotate "$kind.source.toolkit.fluxcd.io" -A --all --overwrite "reconcile.fluxcd.io/requestedAt=$stamp" >/dev/null
done

unready() {
  kubectl get kustomizations.kustomize.toolkit.fluxcd.io,helmreleases.helm.toolkit.fluxcd.io,gitrepositories.source.toolkit.fluxcd.io,ocirepositories.source.toolkit.fluxcd.io -A -o json \
    | jq -r '.items[] | select(.spec.suspend != true)
        | select([.status.conditions[]? | select(.type == "Ready" and .status == "False")] | length > 0)
        | "\(.kind) \(.metadata.namespace)/\(.metadata.name): \([.status.conditions[] | select(.type == "Ready") | .message][0])"'
}

minute=0
while [ "$minute" -lt "$MINUTES" ]; do
  sleep 60
  minute=$((minute + 1))
  unready >/tmp/unready
  if [ -s /tmp/unready ]; then
    echo "after $minute minutes of the block:" >&2
    cat /tmp/unready >&2
    exit 1
  fi
  echo "$minute of $MINUTES minutes"
done
