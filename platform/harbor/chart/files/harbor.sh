# Tells Harbor to let people sign in through Keycloak. Harbor keeps this in its database, so it is set through the API.
# Reads HARBOR_URL, OIDC_ENDPOINT, ADMIN_SECRET, ADMIN_KEY and CLIENT_SECRET (with the keys client-id and client-secret).
set -euo pipefail

dir="$(mktemp -d)"
read_key() {
  kubectl get secret "$1" --output "jsonpath={.data.$2}" | base64 -d
}

# curl reads the password from a file, so that it stands on no command line.
printf 'user = "admin:%s"\n' "$(read_key "$ADMIN_SECRET" "$ADMIN_KEY")" >"$dir/login"
read_key "$CLIENT_SECRET" client-id >"$dir/id"
read_key "$CLIENT_SECRET" client-secret >"$dir/secret"
test -s "$dir/id"
test -s "$dir/secret"

jq --null-input --arg endpoint "$OIDC_ENDPOINT" --rawfile id "$dir/id" --rawfile secret "$dir/secret" '{
  auth_mode: "oidc_auth",
  oidc_name: "Keycloak",
  oidc_endpoint: $endpoint,
  oidc_client_id: $id,
  oidc_client_secret: $secret,
  oidc_scope: "openid,profile,email,offline_access",
  oidc_groups_claim: "roles",
  oidc_admin_group: "owner",
  oidc_user_claim: "preferred_username",
  oidc_auto_onboard: true,
  oidc_verify_cert: true
}' >"$dir/configuration.json"
curl --silent --show-error --fail --config "$dir/login" --header 'Content-Type: application/json' \
  --request PUT --data "@$dir/configuration.json" "$HARBOR_URL/api/v2.0/configurations"
