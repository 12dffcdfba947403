# Creates one proxy project for each registry among the hosts to leave behind. Its name is the host, so that an image keeps its
# path.
. /scripts/lib.sh

printf 'user = "admin:%s"\n' "$(secret "$REGISTRY_ADMIN_NAMESPACE" "$REGISTRY_ADMIN_SECRET" "$REGISTRY_ADMIN_KEY")" >/tmp/login
api="https://$REGISTRY_HOST/api/v2.0"
call() { curl -fsS --config /tmp/login -H 'content-type: application/json' "$@"; }

for host in $REGISTRIES; do
  case "$host" in
    docker.io) kind=docker-hub url=https://hub.docker.com ;;
    ghcr.io) kind=github-ghcr url=https://ghcr.io ;;
    *) kind=docker-registry url="https://$host" ;;
  esac
  id=$(call "$api/registries?q=name%3D$host" | jq -r --arg name "$host" '[.[] | select(.name == $name)][0].id // empty')
  if [ -z "$id" ]; then
    jq -n --arg name "$host" --arg type "$kind" --arg url "$url" '{name: $name, type: $type, url: $url}' | call -d @- "$api/registries"
    id=$(call "$api/registries?q=name%3D$host" | jq -er --arg name "$host" '[.[] | select(.name == $name)][0].id')
  fi
  code=$(curl -sS -o /dev/null -w '%{http_code}' --config /tmp/login --head "$api/projects?project_name=$host")
  if [ "$code" = 404 ]; then
    jq -n --arg name "$host" --argjson id "$id" '{project_name: $name, registry_id: $id, metadata: {public: "true"}}' \
      | call -d @- "$api/projects"
    echo "created $host"
  fi
done
