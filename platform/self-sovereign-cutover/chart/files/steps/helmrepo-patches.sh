# Points every source of charts to the local registry. The proxy projects are public inside the Sovereign, so no credential is
# left.
. /scripts/lib.sh

for kind in helmrepositories.source.toolkit.fluxcd.io ocirepositories.source.toolkit.fluxcd.io; do
  sources "$kind" | while IFS="$(printf '\t')" read -r namespace name url; do
    case "$url" in oci://*) ;; *) continue ;; esac
    is_upstream "$(host_of "$url")" || continue
    kubectl -n "$namespace" patch "$kind" "$name" --type merge \
      -p "{\"spec\": {\"url\": \"oci://$REGISTRY_HOST/${url#oci://}\", \"secretRef\": null}}"
  done
done
