# Makes buckets and an identity that may use them and nothing else, and keeps the key of the identity in a Secret.
# All of it may run again: buckets that exist stay, and a key that is kept is not replaced.
# Reads S3_ENDPOINT, BUCKETS, IDENTITY, ADMIN_SECRET, ADMIN_NAMESPACE, SECRET_NAME and FORMAT, which says how the Secret looks:
# environment (AWS variables), credentials (a file of the AWS tools), registry (variables of the distribution registry).
set -euo pipefail

admin() {
  kubectl --namespace "$ADMIN_NAMESPACE" get secret "$ADMIN_SECRET" --output "jsonpath={.data.$1}" | base64 -d
}

AWS_ACCESS_KEY_ID="$(admin admin_access_key_id)"
AWS_SECRET_ACCESS_KEY="$(admin admin_secret_access_key)"
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION=us-east-1

s3() {
  aws --endpoint-url "$S3_ENDPOINT" --output json "$@"
}

for bucket in $BUCKETS; do
  s3 s3api head-bucket --bucket "$bucket" >/dev/null 2>&1 || s3 s3api create-bucket --bucket "$bucket"
done

s3 iam get-user --user-name "$IDENTITY" >/dev/null 2>&1 || s3 iam create-user --user-name "$IDENTITY"

resources="$(for bucket in $BUCKETS; do printf 'arn:aws:s3:::%s\narn:aws:s3:::%s/*\n' "$bucket" "$bucket"; done)"
policy="$(printf '%s\n' "$resources" | jq --raw-input --slurp '{
  Version: "2012-10-17",
  Statement: [{
    Effect: "Allow",
    Action: ["s3:Get*", "s3:Put*", "s3:List*", "s3:Tagging*"],
    Resource: (split("\n") | map(select(. != "")))
  }]
}')"
s3 iam put-user-policy --user-name "$IDENTITY" --policy-name own-buckets --policy-document "$policy"

if kubectl get secret "$SECRET_NAME" >/dev/null 2>&1; then
  echo "Secret $SECRET_NAME is there; its key stays"
  exit 0
fi

# A key without a Secret is left over from a run that was cut short. Nobody holds its secret half.
for key in $(s3 iam list-access-keys --user-name "$IDENTITY" | jq --raw-output '.AccessKeyMetadata[]?.AccessKeyId'); do
  s3 iam delete-access-key --user-name "$IDENTITY" --access-key-id "$key"
done

dir="$(mktemp -d)"
s3 iam create-access-key --user-name "$IDENTITY" >"$dir/key.json"
id="$(jq --raw-output .AccessKey.AccessKeyId "$dir/key.json")"
secret="$(jq --raw-output .AccessKey.SecretAccessKey "$dir/key.json")"
mkdir "$dir/secret"
case "$FORMAT" in
  environment)
    printf '%s' "$id" >"$dir/secret/AWS_ACCESS_KEY_ID"
    printf '%s' "$secret" >"$dir/secret/AWS_SECRET_ACCESS_KEY"
    ;;
  credentials)
    printf '[default]\naws_access_key_id=%s\naws_secret_access_key=%s\n' "$id" "$secret" >"$dir/secret/cloud"
    ;;
  registry)
    printf '%s' "$id" >"$dir/secret/REGISTRY_STORAGE_S3_ACCESSKEY"
    printf '%s' "$secret" >"$dir/secret/REGISTRY_STORAGE_S3_SECRETKEY"
    ;;
  *)
    echo "no format: $FORMAT" >&2
    exit 2
    ;;
esac
kubectl create secret generic "$SECRET_NAME" --from-file="$dir/secret"
