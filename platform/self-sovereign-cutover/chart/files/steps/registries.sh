# Writes where this node pulls from: the file that k3s reads when it starts, and the folder that containerd reads at every pull.
# Reads REGISTRY_HOST and REGISTRIES. Both are written beside their place and moved there, and only when they change.
put() {
  cat >"$1.new"
  if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

{
  echo 'mirrors:'
  for host in $REGISTRIES; do
    printf '  "%s":\n    endpoint: ["https://%s"]\n    rewrite:\n      "^(.*)$": "%s/$1"\n' "$host" "$REGISTRY_HOST" "$host"
  done
} | put /node/settings/registries.yaml

for host in $REGISTRIES; do
  mkdir -p "/node/hosts/$host"
  printf '[host."https://%s/v2/%s"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n' "$REGISTRY_HOST" "$host" \
    | put "/node/hosts/$host/hosts.toml"
done
