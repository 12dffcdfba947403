# What all steps share. Reads NAMESPACE, RUN and STEP.

# Writes keys to the status: status key value [key value ...]
status() {
  json='{}'
  while [ "$#" -gt 0 ]; do
    json=$(printf '%s' "$json" | jq -c --arg key "$1" --arg value "$2" '. + {($key): $value}')
    shift 2
  done
  printf '{"data": %s}' "$json" | kubectl -n "$NAMESPACE" patch configmap cutover-status --type merge --patch-file /dev/stdin >/dev/null
}

# One key of a Secret: secret namespace name key
secret() {
  kubectl -n "$1" get secret "$2" -o json | jq -erj --arg key "$3" '.data[$key] | @base64d'
}

# The host of a URL, without scheme, port and path.
host_of() {
  printf '%s' "$1" | sed -E 's#^[a-z0-9+]+://##; s#^[^@/]*@##; s#[:/].*$##'
}

# Whether a host, or one that it is below, is among those to leave behind.
is_upstream() {
  for upstream in $UPSTREAM_HOSTS; do
    case "$1" in "$upstream" | *."$upstream") return 0 ;; esac
  done
  return 1
}

# Of all sources of Flux, those of one kind, as namespace, name and URL on a line.
sources() {
  kubectl get "$1" -A -o json | jq -r '.items[] | [.metadata.namespace, .metadata.name, .spec.url] | @tsv'
}
