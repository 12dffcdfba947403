# Pulls every image that runs in the cluster, and every chart that Flux installs, once through the local registry, which keeps
# them.
. /scripts/lib.sh

# The full name of an image: docker.io and library are what is left out.
full_name() {
  case "$1" in
    */*) ;;
    *)
      printf 'docker.io/library/%s' "$1"
      return
      ;;
  esac
  case "${1%%/*}" in
    *.* | *:* | localhost) printf '%s' "$1" ;;
    *) printf 'docker.io/%s' "$1" ;;
  esac
}

{
  kubectl get pods -A -o json | jq -r '.items[].spec | (.initContainers // [])[].image, .containers[].image'
  for image in $EXTRA_IMAGES; do echo "$image"; done
} | sort -u | while read -r image; do
  name=$(full_name "$image")
  if is_upstream "${name%%/*}"; then echo "$name"; fi
done >/tmp/images

sources ocirepositories.source.toolkit.fluxcd.io | while IFS="$(printf '\t')" read -r namespace name url; do
  is_upstream "$(host_of "$url")" || continue
  tag=$(kubectl -n "$namespace" get ocirepositories.source.toolkit.fluxcd.io "$name" -o json | jq -r '.spec.ref.tag // .spec.ref.semver // empty')
  if [ -n "$tag" ]; then echo "${url#oci://}:$tag"; fi
done >>/tmp/images

sort -u /tmp/images >/tmp/wanted
echo "$(wc -l </tmp/wanted) images and charts"

ARCHITECTURES=$(kubectl get nodes -o json | jq -r '[.items[].status.nodeInfo.architecture] | unique | join(" ")')
export ARCHITECTURES

# One image: its manifest, then the blobs for the architectures of the nodes.
cat >/tmp/pull.sh <<'PULL'
set -eu
name=$1
path=${name%@*}
case "$name" in
  *@*) reference=${name#*@} path=${path%:*} ;;
  *) reference=${path##*:} path=${path%:*} ;;
esac
base="https://$REGISTRY_HOST/v2/$path"
accept='accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json'
token=$(curl -fsS "https://$REGISTRY_HOST/service/token?service=harbor-registry&scope=repository:$path:pull" | jq -er .token)
get() { curl -fsSL --retry 5 --retry-all-errors -H "authorization: Bearer $token" -H "$accept" "$@"; }
top=$(get "$base/manifests/$reference")
for digest in $(printf '%s' "$top" | jq -r '.manifests[]? | select(.platform.architecture as $a | env.ARCHITECTURES | split(" ") | index($a)) | .digest') ""; do
  manifest=$top
  [ -n "$digest" ] && manifest=$(get "$base/manifests/$digest")
  for blob in $(printf '%s' "$manifest" | jq -r '.config.digest?, .layers[]?.digest | values'); do
    get -o /dev/null "$base/blobs/$blob"
  done
done
echo "$name"
PULL
xargs -r -P "$PARALLELISM" -n 1 sh /tmp/pull.sh </tmp/wanted
