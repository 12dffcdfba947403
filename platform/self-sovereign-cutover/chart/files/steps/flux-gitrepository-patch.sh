# Points every Git source of Flux to the local Git, with a token that may read and nothing else.
. /scripts/lib.sh

user=$(secret "$GIT_ADMIN_NAMESPACE" "$GIT_ADMIN_SECRET" username)
password=$(secret "$GIT_ADMIN_NAMESPACE" "$GIT_ADMIN_SECRET" password)
printf 'user = "%s:%s"\n' "$user" "$password" >/tmp/login

sources gitrepositories.source.toolkit.fluxcd.io | while IFS="$(printf '\t')" read -r namespace name url; do
  is_upstream "$(host_of "$url")" || continue
  if ! kubectl -n "$namespace" get secret cutover-git -o name >/dev/null 2>&1; then
    jq -n --arg name "flux-$namespace-$RUN" '{name: $name, scopes: ["read:repository"]}' \
      | curl -fsS --config /tmp/login -H 'content-type: application/json' -d @- "$GIT_URL/api/v1/users/$user/tokens" \
      | jq -erj .sha1 >/tmp/password
    printf '%s' "$user" >/tmp/username
    kubectl -n "$namespace" create secret generic cutover-git --from-file=/tmp/username --from-file=/tmp/password
  fi
  local="$GIT_URL/$GIT_ORGANIZATION/$(basename "$url" .git).git"
  kubectl -n "$namespace" patch gitrepositories.source.toolkit.fluxcd.io "$name" --type merge \
    -p "{\"spec\": {\"url\": \"$local\", \"secretRef\": {\"name\": \"cutover-git\"}}}"
done
