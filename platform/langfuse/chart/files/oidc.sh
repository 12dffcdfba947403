# Registers a client with a realm of Keycloak, or brings it up to date, and keeps its secret.
# Reads KEYCLOAK_URL, REALM, CLIENT_ID, REDIRECT_URI, ADMIN_SECRET, ADMIN_NAMESPACE, SECRET_NAME, ID_KEY and SECRET_KEY (the keys that
# the name and the secret of the client stand under).
set -euo pipefail

dir="$(mktemp -d)"
kubectl --namespace "$ADMIN_NAMESPACE" get secret "$ADMIN_SECRET" --output 'jsonpath={.data.admin-password}' | base64 -d >"$dir/password"

token="$(curl --silent --show-error --fail \
  --data client_id=admin-cli --data grant_type=password --data username=admin --data-urlencode "password@$dir/password" \
  "$KEYCLOAK_URL/realms/master/protocol/openid-connect/token" | jq --exit-status --raw-output .access_token)"
printf 'Authorization: Bearer %s' "$token" >"$dir/authorization"

api() {
  curl --silent --show-error --fail --header "@$dir/authorization" --header 'Content-Type: application/json' "$@"
}

clients="$KEYCLOAK_URL/admin/realms/$REALM/clients"
find_client() {
  api --get --data-urlencode "clientId=$CLIENT_ID" "$clients" | jq --raw-output '.[0].id // empty'
}

# Realm roles go into the claim "roles", which programs map to their own.
jq --null-input --arg id "$CLIENT_ID" --arg redirect "$REDIRECT_URI" '{
  clientId: $id,
  protocol: "openid-connect",
  publicClient: false,
  standardFlowEnabled: true,
  directAccessGrantsEnabled: false,
  redirectUris: [$redirect],
  protocolMappers: [{
    name: "roles",
    protocol: "openid-connect",
    protocolMapper: "oidc-usermodel-realm-role-mapper",
    config: {
      "claim.name": "roles",
      "jsonType.label": "String",
      multivalued: "true",
      "access.token.claim": "true",
      "id.token.claim": "true",
      "userinfo.token.claim": "true"
    }
  }]
}' >"$dir/client.json"

client="$(find_client)"
if [ -z "$client" ]; then
  api --request POST --data "@$dir/client.json" "$clients"
  client="$(find_client)"
else
  jq 'del(.protocolMappers)' "$dir/client.json" >"$dir/update.json"
  api --request PUT --data "@$dir/update.json" "$clients/$client"
fi

mkdir "$dir/secret"
printf '%s' "$CLIENT_ID" >"$dir/secret/$ID_KEY"
api "$clients/$client/client-secret" | jq --exit-status --raw-output --join-output .value >"$dir/secret/$SECRET_KEY"
kubectl create secret generic "$SECRET_NAME" --from-file="$dir/secret" --dry-run=client --output yaml | kubectl apply --server-side --force-conflicts --filename -
