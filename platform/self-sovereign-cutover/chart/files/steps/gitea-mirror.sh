# Copies every repository that Flux reads from outside into the Git organization of the catalogue.
. /scripts/lib.sh

user=$(secret "$GIT_ADMIN_NAMESPACE" "$GIT_ADMIN_SECRET" username)
password=$(secret "$GIT_ADMIN_NAMESPACE" "$GIT_ADMIN_SECRET" password)
# From a file, so that the password stands on no command line.
printf 'user = "%s:%s"\n' "$user" "$password" >/tmp/login
api="$GIT_URL/api/v1"

sources gitrepositories.source.toolkit.fluxcd.io | while IFS="$(printf '\t')" read -r namespace name url; do
  is_upstream "$(host_of "$url")" || continue
  repository=$(basename "$url" .git)
  code=$(curl -sS -o /dev/null -w '%{http_code}' --config /tmp/login "$api/repos/$GIT_ORGANIZATION/$repository")
  case "$code" in
    200) echo "$namespace/$name: $GIT_ORGANIZATION/$repository is there" ;;
    404)
      # A copy of its own and no mirror: after the cutover there is nothing to follow.
      jq -n --arg address "$url" --arg owner "$GIT_ORGANIZATION" --arg name "$repository" \
        '{clone_addr: $address, repo_owner: $owner, repo_name: $name, service: "git", mirror: false, private: true}' \
        | curl -fsS --config /tmp/login -H 'content-type: application/json' -d @- "$api/repos/migrate" >/dev/null
      echo "$namespace/$name: copied to $GIT_ORGANIZATION/$repository"
      ;;
    *)
      echo "$GIT_ORGANIZATION/$repository: status $code" >&2
      exit 1
      ;;
  esac
done
